//! The table of all rules.

use std::fmt;
use std::str::FromStr;

/// The severity of a finding, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The specification forbids it.
    Error,
    /// The document is valid, and does not do what it seems to, or breaks other tools.
    Warning,
    /// The document is valid, and there is a better way.
    Advice,
}

impl Level {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Advice];

    /// The name on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected error, warning or advice, found `{0}`")]
pub struct LevelError(String);

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let level = Self::ALL.into_iter().find(|level| level.name() == text);
        level.ok_or_else(|| LevelError(text.to_owned()))
    }
}

/// A rule that documents are held to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Lint {
    /// Its name, as diagnostics have it in `rule`.
    pub name: &'static str,
    /// The severity of a violation.
    pub level: Level,
    /// Whether no code is generated from a document that violates it: what the document means is not known.
    /// The level is [`Level::Error`].
    pub refuses: bool,
    /// What the rule asks for and why, in one line.
    pub explanation: &'static str,
}

const fn refusal(name: &'static str, explanation: &'static str) -> Lint {
    Lint {
        refuses: true,
        ..error(name, explanation)
    }
}

const fn error(name: &'static str, explanation: &'static str) -> Lint {
    Lint {
        name,
        level: Level::Error,
        refuses: false,
        explanation,
    }
}

const fn warning(name: &'static str, explanation: &'static str) -> Lint {
    Lint {
        level: Level::Warning,
        ..error(name, explanation)
    }
}

const fn advice(name: &'static str, explanation: &'static str) -> Lint {
    Lint {
        level: Level::Advice,
        ..error(name, explanation)
    }
}

/// Every rule: first those that a document has to keep to be used at all, then those that only
/// [`check`](super::check) checks.
pub const LINTS: &[Lint] = &[
    refusal(
        "json",
        "a document is JSON in UTF-8 in which no member is given twice",
    ),
    refusal("unreadable", "a file or directory can be read"),
    refusal(
        "json-type",
        "a member has the JSON type that the language gives it",
    ),
    refusal("version", "`lexicon` is 1, the version of the language"),
    refusal("missing", "a member that the language requires is present"),
    refusal(
        "nsid",
        "`id` is a valid NSID, and so is each of the collections of a space",
    ),
    refusal("duplicate-document", "an NSID is defined by one document"),
    refusal("no-defs", "a document has at least one definition"),
    refusal(
        "def-name",
        "a definition's name is ASCII letters, digits, `_` and `-`, a letter first",
    ),
    refusal(
        "def-type",
        "ref, union, unknown, params and permission cannot be definitions",
    ),
    refusal(
        "primary-def",
        "records, methods, subscriptions, permission sets and spaces are called `main`",
    ),
    refusal("record-type", "what a record holds is an object"),
    refusal("query-input", "a query is a GET, which has no body"),
    refusal("message-type", "the messages of a subscription are a union"),
    refusal("params-type", "parameters are of the type `params`"),
    refusal("params-nullable", "a query string cannot hold null"),
    refusal(
        "param-type",
        "a parameter is a scalar or an array of scalars",
    ),
    refusal("property-name", "a property has a name"),
    refusal(
        "reserved-property",
        "names that begin with `$` are the data model's: a property that says something else than it is refused",
    ),
    refusal(
        "no-such-property",
        "`required` and `nullable` name existing properties",
    ),
    refusal(
        "number-type",
        "the data model has no floating-point numbers",
    ),
    refusal("unknown-type", "a type is one of the language's"),
    refusal("unknown-format", "a string format is one of the language's"),
    refusal(
        "empty-union",
        "a closed union has a variant, or no value is valid",
    ),
    refusal(
        "ref-syntax",
        "a reference is `#name`, an NSID, or an NSID with `#name`",
    ),
    refusal("unresolved-ref", "a reference leads to a definition"),
    refusal("ref-target", "a reference leads to a type of data"),
    refusal(
        "refused-ref",
        "a reference leads to a document that is not refused itself",
    ),
    error(
        "type-property",
        "`$type` is in every record and variant, and not declared as a property",
    ),
    error(
        "record-key",
        "the type of a record key is `tid`, `nsid`, `any` or `literal:` with a record key",
    ),
    error("body-type", "a body is an object, a ref or a union"),
    error("missing-message", "a subscription declares its messages"),
    error(
        "unconstrained-object",
        "an object declares its properties; the type of any object is `unknown`",
    ),
    error(
        "ref-token",
        "a token has no value, so a ref cannot lead to one",
    ),
    error(
        "union-token",
        "a token has no members, so it cannot be a variant of a union",
    ),
    error(
        "union-variant",
        "a variant of a union is a record or an object with properties",
    ),
    error(
        "empty-range",
        "a minimum is at most the maximum, and an enum has a member, or no value is valid",
    ),
    error(
        "value-out-of-range",
        "a default, const or enum member satisfies the other constraints, or it is never valid",
    ),
    error("default-with-const", "const and default exclude each other"),
    error(
        "encoding",
        "`encoding` is one media type or glob such as `image/*`, without parameters",
    ),
    error(
        "accept",
        "`accept` lists media types or globs such as `image/*` and `*/*`",
    ),
    error("max-size", "a blob may have a byte"),
    error(
        "error-name",
        "an error's name is a word without white space",
    ),
    error(
        "language-code",
        "translations are listed by language codes, each with a text",
    ),
    error("space-name", "the name of a space has 1 to 64 characters"),
    error(
        "permission",
        "a permission has the members and values that its resource takes in a permission set",
    ),
    warning(
        "ignored-permission",
        "authorization servers ignore a permission that a set cannot grant or that they do not know",
    ),
    warning(
        "large-integer",
        "JSON in many languages has no integers beyond 2^53",
    ),
    warning(
        "duplicate-entry",
        "a name, value, reference or media type is listed once",
    ),
    warning(
        "redundant-constraint",
        "const leaves nothing to other constraints, and enum nothing to knownValues",
    ),
    warning(
        "local-token",
        "data has tokens with their NSID: `#name` is that text, and no token",
    ),
    warning(
        "unknown-token",
        "a token that is listed as a value is defined",
    ),
    warning(
        "graphemes-without-bytes",
        "maxGraphemes needs maxLength beside it, since a grapheme may have any number of bytes",
    ),
    warning(
        "unbounded-string",
        "a string that a client sends has a bound: a format, an enum or a length",
    ),
    warning("unbounded-bytes", "bytes have a maxLength"),
    warning(
        "inline-object",
        "an object is a definition of its own: several tools refuse inline ones",
    ),
    warning(
        "title-langs",
        "translations of `title` and `detail` stand in `title:lang` and `detail:lang`",
    ),
    advice(
        "missing-output",
        "a procedure declares its output, at least its encoding, so that clients know what to read",
    ),
    advice(
        "unknown-key",
        "an unknown member has no effect, so it is likely misspelt",
    ),
    advice(
        "def-name-style",
        "names of definitions are lowerCamel: `_` and `-` are not names in other languages",
    ),
    advice(
        "field-name",
        "names of properties and parameters are lowerCamel",
    ),
    advice("format-with-length", "a format has bounds of its own"),
    advice(
        "large-value",
        "strings and bytes beyond 20 KiB are better blobs",
    ),
    advice(
        "optional-and-nullable",
        "absent and null differ, and few programs tell them apart",
    ),
    advice(
        "missing-description",
        "a record, method, subscription, permission set or token has a description",
    ),
    advice(
        "missing-title",
        "a permission set has a title, which people see",
    ),
    advice(
        "file-path",
        "the path of a file is its NSID, such as com/example/thing.json",
    ),
    advice(
        "draft-feature",
        "spaces are a draft of the protocol, and may change",
    ),
];

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}
