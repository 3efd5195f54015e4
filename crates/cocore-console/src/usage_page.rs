//! The page of usage.

use askama::Template;

use crate::limits::{LimitHolder, Limits};
use crate::page_header::PageHeader;
use crate::usage::Usage;

/// What the calls of an account have cost, and its limits.
#[derive(Clone, Debug, Template)]
#[template(path = "usage.html")]
pub struct UsagePage {
    /// The header.
    pub header: PageHeader,
    /// What its calls have cost, with all keys.
    pub usage: Usage,
    /// Its limits.
    pub limits: Limits,
}
