//! Every rule with its level.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No document of the language: it is not generated.
    Error,
    /// Legal, and does something else than it seems to, or breaks somebody's tools.
    Warning,
    /// Legal, and better done another way.
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
pub struct Lint {
    /// Its name, as diagnostics have it in `rule`.
    pub name: &'static str,
    /// How bad a breach is.
    pub level: Level,
    /// What it asks for and why, in a line.
    pub explanation: &'static str,
}

const fn lint(name: &'static str, level: Level, explanation: &'static str) -> Lint {
    Lint {
        name,
        level,
        explanation,
    }
}

/// Every rule: what the reader of documents refuses first, then what only [`check`] finds.
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
        lint("missing", Error, "what the language demands is there"),
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
            "ref, union, unknown, params and permission are no definitions of their own",
        ),
        lint(
            "primary-def",
            Error,
            "records, methods, subscriptions and permission sets are called `main`",
        ),
        lint("record-type", Error, "what a record holds is an object"),
        lint("query-input", Error, "a query is a GET, which has no body"),
        lint("params-type", Error, "parameters are of the type `params`"),
        lint("params-nullable", Error, "a query string cannot say null"),
        lint(
            "param-type",
            Error,
            "a parameter is a scalar or an array of scalars",
        ),
        lint(
            "no-such-property",
            Error,
            "`required` and `nullable` name properties that are there",
        ),
        lint("number-type", Error, "the data model has no floating point"),
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
            "a default, const or enum member satisfies the other constraints, or it can never be used",
        ),
        lint(
            "empty-range",
            Warning,
            "the least is not more than the most, or no value is legal",
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
            "maxGraphemes goes with maxLength, for a grapheme may be of any number of bytes",
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
            "an object says its properties; where it cannot, `unknown` is the language's word",
        ),
        lint(
            "missing-output",
            Warning,
            "a procedure declares its output, if only an encoding, so that clients know what to read",
        ),
        lint(
            "error-name",
            Warning,
            "an error's name is a word without white space",
        ),
        lint(
            "encoding-list",
            Warning,
            "`encoding` is one media type or glob, no list",
        ),
        lint(
            "title-langs",
            Warning,
            "translations of `title` and `detail` stand in `title:lang` and `detail:lang`",
        ),
        lint(
            "unknown-key",
            Warning,
            "a member that the language does not know does nothing, so it is likely misspelt",
        ),
        lint(
            "field-name",
            Advice,
            "names of properties and parameters are lowerCamel",
        ),
        lint(
            "missing-description",
            Advice,
            "a record, method, subscription or permission set says what it is for",
        ),
    ]
};

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}
