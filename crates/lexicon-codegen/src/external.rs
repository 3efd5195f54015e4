//! Lexicons that another crate was generated from.

use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

use crate::rust_path::RustPath;

/// Lexicons whose types another crate has: they are referred to, and not generated again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct External {
    /// The first segments of their NSIDs: `com.atproto`.
    pub prefix: String,
    /// The module with that crate's generated code: `atproto_lexicon`, `other::lexicons`.
    pub path: RustPath,
}

/// A text that names no external lexicons.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected NSID-PREFIX=CRATE-PATH, such as com.atproto=atproto_lexicon, found `{0}`")]
pub struct ExternalError(String);

impl FromStr for External {
    type Err = ExternalError;

    /// Reads `NSID-PREFIX=CRATE-PATH`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ExternalError(text.to_owned());
        let (prefix, path) = text.split_once('=').ok_or_else(error)?;
        if prefix.is_empty() {
            return Err(error());
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            path: path.parse().map_err(|_| error())?,
        })
    }
}

impl External {
    pub(crate) fn covers(&self, nsid: &str) -> bool {
        let rest = nsid.strip_prefix(&self.prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}
