//! The page on which a person connects the record proxy.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::Error;
use crate::key_page::ScopeRow;
use crate::page_header::PageHeader;
use crate::time::{date, rfc3339};

/// What programs may do at the account's host, and since when.
#[derive(Clone, Debug, Template)]
#[template(path = "records.html")]
pub struct Records {
    /// The header.
    pub header: PageHeader,
    /// What a connection asks for.
    pub asked: Vec<ScopeRow>,
    /// The connection, if there is one.
    pub connection: Option<ConnectionView>,
}

/// A connection to an account's host.
#[derive(Clone, Debug)]
pub struct ConnectionView {
    /// What the person granted.
    pub granted: Vec<ScopeRow>,
    /// Whether a new connection would ask for more.
    pub is_narrower: bool,
    /// When they granted it.
    pub since: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Records {
    /// Whether the page has the form that connects.
    pub(crate) fn offers_connection(&self) -> bool {
        let connection = self.connection.as_ref();
        connection.is_none_or(|connection| connection.is_narrower)
    }

    /// Renders the page as HTML.
    ///
    /// # Errors
    /// The formatter failed, which does not happen for a string.
    pub fn render(&self) -> Result<String, Error> {
        Template::render(self)
    }
}
