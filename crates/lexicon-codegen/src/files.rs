//! The result of generation.

use std::collections::BTreeMap;

/// Files by their path below the output directory, `/` between the segments.
pub type Files = BTreeMap<String, String>;
