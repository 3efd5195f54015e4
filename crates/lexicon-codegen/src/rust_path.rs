//! Paths of Rust items that a setting names.

use std::fmt;
use std::str::FromStr;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use serde::Deserialize;
use syn::ext::IdentExt as _;
use syn::parse::Parser as _;
use thiserror::Error;

/// The path of a crate or module in generated code: `lexicon_runtime`, `crate::lexicons`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RustPath {
    /// Whether it begins with `::`.
    is_global: bool,
    segments: Vec<String>,
}

/// A text that is no path of a crate or module.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected the path of a crate or module, such as `my_crate::lexicons`, found `{0}`")]
pub struct RustPathError(String);

impl RustPath {
    /// The path of a crate, whose name is a Rust identifier.
    pub(crate) fn of_crate(name: &str) -> Self {
        Self {
            is_global: false,
            segments: vec![name.to_owned()],
        }
    }

    /// The path as code.
    pub(crate) fn tokens(&self) -> TokenStream {
        let global = self.is_global.then(|| quote!(::));
        let segments = self.segments.iter();
        let segments = segments.map(|segment| Ident::new(segment, Span::call_site()));
        quote!(#global #(#segments)::*)
    }

    /// The first segment.
    pub(crate) fn root(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }
}

impl FromStr for RustPath {
    type Err = RustPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (is_global, rest) = match text.strip_prefix("::") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let segments: Vec<_> = rest.split("::").map(str::to_owned).collect();
        let is_segment = |segment: &String| {
            let parsed = Ident::parse_any.parse_str(segment);
            parsed.is_ok_and(|ident| ident == segment)
        };
        if segments.iter().all(is_segment) {
            Ok(Self {
                is_global,
                segments,
            })
        } else {
            Err(RustPathError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for RustPath {
    type Error = RustPathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for RustPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let global = if self.is_global { "::" } else { "" };
        write!(f, "{global}{}", self.segments.join("::"))
    }
}
