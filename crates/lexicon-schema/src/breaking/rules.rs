//! The table of changes.

use std::fmt;

/// What the specification says of a change, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// The specification's section "Lexicon Evolution" forbids it.
    Breaking,
    /// The specification allows it, and it can surprise the programs of others.
    Advice,
    /// It breaks nothing.
    Compatible,
}

impl Impact {
    /// The name in what is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Advice => "advice",
            Self::Compatible => "compatible",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kind of change.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ChangeRule {
    /// Its name, as changes have it in `rule`.
    pub name: &'static str,
    /// What the specification says of it.
    pub impact: Impact,
    /// What to do instead, or what to tell those who are affected; empty for a compatible change.
    pub advice: &'static str,
}

const fn breaking(name: &'static str, advice: &'static str) -> ChangeRule {
    ChangeRule {
        name,
        impact: Impact::Breaking,
        advice,
    }
}

const fn advice(name: &'static str, advice: &'static str) -> ChangeRule {
    ChangeRule {
        impact: Impact::Advice,
        ..breaking(name, advice)
    }
}

const fn compatible(name: &'static str) -> ChangeRule {
    ChangeRule {
        impact: Impact::Compatible,
        ..breaking(name, "")
    }
}

const NEW_NSID: &str = "keep it as it is, and publish the new one under a new NSID";
const NEW_PROPERTY: &str = "keep it as it is, and add an optional property or a new NSID";
const NEW_METHOD: &str = "keep it as it is, and publish a new method under a new NSID";

/// Every kind of change.
pub const CHANGES: &[ChangeRule] = &[
    breaking(
        "document-removed",
        "keep the document, and mark it as deprecated",
    ),
    breaking(
        "def-removed",
        "keep the definition, and mark it as deprecated",
    ),
    breaking("kind-changed", NEW_NSID),
    breaking("key-changed", NEW_NSID),
    breaking("type-changed", NEW_PROPERTY),
    breaking("ref-changed", NEW_PROPERTY),
    breaking(
        "property-removed",
        "keep the property, and mark it as deprecated",
    ),
    breaking(
        "new-required",
        "make the property optional, or publish under a new NSID",
    ),
    breaking("now-required", NEW_NSID),
    breaking("no-longer-required", NEW_NSID),
    breaking("now-nullable", NEW_PROPERTY),
    breaking("no-longer-nullable", NEW_PROPERTY),
    breaking("union-closed", NEW_PROPERTY),
    breaking("union-opened", NEW_PROPERTY),
    breaking(
        "variant-removed",
        "keep the variant, and mark it as deprecated",
    ),
    breaking("closed-variant-added", NEW_PROPERTY),
    breaking("bound-tightened", NEW_PROPERTY),
    breaking("bound-loosened", NEW_PROPERTY),
    breaking("values-removed", NEW_PROPERTY),
    breaking("values-added", NEW_PROPERTY),
    breaking("format-changed", NEW_PROPERTY),
    breaking("accept-removed", NEW_PROPERTY),
    breaking("accept-added", NEW_PROPERTY),
    breaking("input-added", NEW_METHOD),
    breaking("body-removed", NEW_METHOD),
    breaking("encoding-changed", NEW_METHOD),
    breaking("schema-added", NEW_METHOD),
    breaking("schema-removed", NEW_METHOD),
    breaking(
        "permission-removed",
        "clients that rely on the permission lose it: publish a new set",
    ),
    advice(
        "optional-property-removed",
        "programs that set or show it lose it: keep it, and mark it as deprecated",
    ),
    advice(
        "default-changed",
        "programs read the absent value in two ways: write the value",
    ),
    advice("output-added", "clients ignored the body so far"),
    advice(
        "error-removed",
        "servers that were not updated still answer with it",
    ),
    advice("collection-removed", "spaces may hold records of it"),
    advice("name-changed", "people know the space by its name"),
    advice(
        "name-collision",
        "no code is generated until a setting gives one of them another name: choose another one now",
    ),
    compatible("document-added"),
    compatible("def-added"),
    compatible("property-added"),
    compatible("variant-added"),
    compatible("known-values-changed"),
    compatible("error-added"),
    compatible("permission-added"),
    compatible("collection-added"),
];

/// The kind of change of a name.
pub fn change_rule(name: &str) -> Option<&'static ChangeRule> {
    CHANGES.iter().find(|rule| rule.name == name)
}
