//! The models that a key may use.

use thiserror::Error;

/// The most models of a key.
pub const MAX_MODELS: usize = 100;
/// The longest name of a model, in bytes.
const MAX_NAME_LENGTH: usize = 200;

/// Names of models: 1 to 100, each 1 to 200 printable ASCII characters without white space, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Models(Vec<String>);

/// A list of models is invalid. The error does not contain its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidModels {
    /// The list is empty or too long.
    #[error("expected 1 to {MAX_MODELS} models, found {0}")]
    Count(usize),
    /// A name is empty, too long, or has a character that no model's name has.
    #[error(
        "expected 1 to {MAX_NAME_LENGTH} printable ASCII characters without white space as the name of a model"
    )]
    Name,
}

impl Models {
    /// Parses a list. A name that stands in it twice counts once.
    ///
    /// # Errors
    /// The rule that the list breaks.
    pub fn parse<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, InvalidModels> {
        let mut names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        if !(1..=MAX_MODELS).contains(&names.len()) {
            return Err(InvalidModels::Count(names.len()));
        }
        let is_name = |name: &String| {
            (1..=MAX_NAME_LENGTH).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !names.iter().all(is_name) {
            return Err(InvalidModels::Name);
        }
        Ok(Self(names))
    }

    /// Reads the stored text. A text that cannot be read is a list of no models.
    pub fn from_stored(text: &str) -> Self {
        Self::parse(text.split(' ')).unwrap_or(Self(Vec::new()))
    }

    /// Returns the text for the store: the names with spaces between them.
    pub fn to_stored(&self) -> String {
        self.0.join(" ")
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Returns whether a model may be used.
    pub fn includes(&self, name: &str) -> bool {
        let name_of = |stored: &String| stored.as_str().cmp(name);
        self.0.binary_search_by(name_of).is_ok()
    }

    /// Returns the first model of another list that is not in this one.
    pub(crate) fn first_missing<'o>(&self, other: &'o Self) -> Option<&'o str> {
        let mut names = other.0.iter().map(String::as_str);
        names.find(|name| !self.includes(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let models = Models::parse(["b", "a/c:1", "b"]).unwrap();
        assert_eq!(models.names(), ["a/c:1", "b"]);
        assert_eq!(Models::from_stored(&models.to_stored()), models);
        assert!(models.includes("b") && !models.includes("a"));
        for (names, expected) in [
            (vec![], InvalidModels::Count(0)),
            (vec!["a b"], InvalidModels::Name),
            (vec![""], InvalidModels::Name),
            (vec!["\u{e9}"], InvalidModels::Name),
            (vec!["a\n"], InvalidModels::Name),
            (vec![&*"n".repeat(201)], InvalidModels::Name),
        ] {
            assert_eq!(Models::parse(names.clone()), Err(expected), "{names:?}");
        }
        let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
        let many = many.iter().map(String::as_str);
        assert_eq!(Models::parse(many), Err(InvalidModels::Count(101)));
    }

    #[test]
    fn what_cannot_be_read_is_no_model() {
        assert!(!Models::from_stored("").includes(""));
        assert!(!Models::from_stored("a  b").includes("a"));
    }
}
