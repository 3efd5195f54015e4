//! Diagnostics: what is wrong with a document, and where.

use std::fmt;
use std::path::PathBuf;

/// A JSON pointer (RFC 6901) into a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// One step deeper.
    pub fn join(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{step}", self.0))
    }

    /// The pointer's text; empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One fault of one document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}#{pointer}: {rule}: {message}", .file.display())]
#[non_exhaustive]
pub struct Diagnostic {
    /// The file that was read.
    pub file: PathBuf,
    /// The place in it.
    pub pointer: Pointer,
    /// The violated rule, a short fixed name such as `unresolved-ref`.
    pub rule: &'static str,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Diagnostic {
    /// A fault of `file` at `pointer`.
    pub fn new(
        file: impl Into<PathBuf>,
        pointer: Pointer,
        rule: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            pointer,
            rule,
            message: message.into(),
        }
    }
}
