//! The table of all rules.

use std::fmt;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The document is invalid, and no code is generated from it.
    Error,
    /// The document is valid, and does not do what it seems to, or breaks other tools.
    Warning,
    /// The document is valid, and there is a better way.
    Advice,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        })
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
    /// What the rule asks for and why, in one line.
    pub explanation: &'static str,
}

const fn lint(name: &'static str, level: Level, explanation: &'static str) -> Lint {
    Lint {
        name,
        level,
        explanation,
    }
}

/// Every rule: first those that a document has to keep to be read, then those that only
/// [`check`](super::check) checks.
pub const LINTS: &[Lint] = {
    use Level::{Advice, Error, Warning};
    &[
        lint(
            "json",
            Error,
            "a document is JSON in UTF-8 in which no member is given twice",
        ),
        lint(
            "json-type",
            Error,
            "a member has the JSON type that the language gives it",
        ),
        lint(
            "version",
            Error,
            "`lexicon` is 1, the version of the language",
        ),
        lint(
            "missing",
            Error,
            "a member that the language requires is present",
        ),
        lint("nsid", Error, "`id` is a valid NSID"),
        lint(
            "duplicate-document",
            Error,
            "an NSID is defined by one file",
        ),
        lint("no-defs", Error, "a document has at least one definition"),
        lint(
            "def-name",
            Error,
            "a definition's name is ASCII letters and digits and begins with a letter",
        ),
        lint(
            "def-type",
            Error,
            "ref, union, unknown, params and permission cannot be definitions",
        ),
        lint(
            "primary-def",
            Error,
            "records, methods, subscriptions and permission sets are called `main`",
        ),
        lint("record-type", Error, "what a record holds is an object"),
        lint("query-input", Error, "a query is a GET, which has no body"),
        lint("params-type", Error, "parameters are of the type `params`"),
        lint("params-nullable", Error, "a query string cannot hold null"),
        lint(
            "param-type",
            Error,
            "a parameter is a scalar or an array of scalars",
        ),
        lint(
            "no-such-property",
            Error,
            "`required` and `nullable` name existing properties",
        ),
        lint(
            "number-type",
            Error,
            "the data model has no floating-point numbers",
        ),
        lint("unknown-type", Error, "a type is one of the language's"),
        lint(
            "unknown-format",
            Error,
            "a string format is one of the language's",
        ),
        lint("unresolved-ref", Error, "a reference leads to a definition"),
        lint("ref-target", Error, "a reference leads to a type of data"),
        lint(
            "value-out-of-range",
            Warning,
            "a default, const or enum member satisfies the other constraints, or it is never valid",
        ),
        lint(
            "empty-range",
            Warning,
            "a minimum is at most the maximum, or no value is valid",
        ),
        lint(
            "default-with-const",
            Warning,
            "const and default exclude each other",
        ),
        lint("duplicate-enum", Warning, "a value is listed once"),
        lint(
            "graphemes-without-bytes",
            Warning,
            "maxGraphemes needs maxLength beside it, since a grapheme may have any number of bytes",
        ),
        lint(
            "unbounded-string",
            Warning,
            "a string that a client sends has a bound: a format, an enum or a length",
        ),
        lint("unbounded-bytes", Warning, "bytes have a maxLength"),
        lint(
            "union-token",
            Warning,
            "a token has no members, so it cannot be a variant of a union",
        ),
        lint(
            "union-variant",
            Warning,
            "a variant of a union is a record or an object with properties",
        ),
        lint(
            "inline-object",
            Warning,
            "an object is a definition of its own: several tools refuse inline ones",
        ),
        lint(
            "unconstrained-object",
            Warning,
            "an object declares its properties; the type of any object is `unknown`",
        ),
        lint(
            "missing-output",
            Warning,
            "a procedure declares its output, at least its encoding, so that clients know what to read",
        ),
        lint(
            "error-name",
            Warning,
            "an error's name is a word without white space",
        ),
        lint(
            "encoding-list",
            Warning,
            "`encoding` is one media type or glob, not a list",
        ),
        lint(
            "title-langs",
            Warning,
            "translations of `title` and `detail` stand in `title:lang` and `detail:lang`",
        ),
        lint(
            "unknown-key",
            Warning,
            "an unknown member has no effect, so it is likely misspelt",
        ),
        lint(
            "field-name",
            Advice,
            "names of properties and parameters are lowerCamel",
        ),
        lint(
            "missing-description",
            Advice,
            "a record, method, subscription or permission set has a description",
        ),
    ]
};

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}
