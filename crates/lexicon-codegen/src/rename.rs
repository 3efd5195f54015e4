//! Names that a setting gives.

use lexicon_schema::Pointer;
use serde::Deserialize;

/// The name of an item of the generated code, in place of the one that follows from the lexicon.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rename {
    /// What is named:
    ///
    /// - a type, a field or a token's constant: `NSID#/json/pointer` of its schema. Where the schema has both a
    ///   field and a type, a name that begins with a capital is the type's;
    /// - a variant of a union: the pointer of `refs`, `/`, and the reference as the lexicon writes it;
    /// - a variant of an error: the pointer of `errors`, `/`, and the name of the error;
    /// - a module: the NSID, or the first segments of one.
    pub what: String,
    /// The name.
    pub name: String,
    /// The reason.
    pub reason: String,
}

impl Rename {
    /// Whether it names what stands at a place of a document.
    pub(crate) fn is_of(&self, nsid: &str, at: &Pointer) -> bool {
        self.what.split_once('#') == Some((nsid, at.as_str()))
    }

    /// Whether it is the name of a field: all others begin with a capital.
    pub(crate) fn is_of_field(&self) -> bool {
        let first = self.name.chars().find(|c| c.is_alphabetic());
        !first.is_some_and(char::is_uppercase)
    }
}
