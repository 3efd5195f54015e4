//! Checks a JSON text: its options, and the report.

use lexicon_runtime::Violation;
use lexicon_schema::Catalog;
use lexicon_schema::model::Document;
use lexicon_schema::validate::{Options, Unresolved, Verdict};
use serde_json::{Value, json};

use crate::choice::Choice;
use crate::fields::Fields;

/// The options of a check, as a form or a query has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckOptions {
    /// Whether references that lead nowhere are valid.
    pub(crate) accept_unresolved: bool,
    /// Whether blobs in the old form, and what else only older records have, are valid.
    pub(crate) legacy_blobs: bool,
    pub(crate) lenient_datetimes: bool,
    /// Whether lexicons that the site does not have are looked up.
    pub(crate) resolve_external: bool,
    /// The key of the record that the value is.
    pub(crate) rkey: Option<String>,
}

/// The parameters that are options, beside `def`.
pub(crate) const ACCEPT_UNRESOLVED: &str = "acceptUnresolved";
pub(crate) const LEGACY_BLOBS: &str = "legacyBlobs";
pub(crate) const LENIENT_DATETIMES: &str = "lenientDatetimes";
pub(crate) const RESOLVE_EXTERNAL: &str = "resolveExternal";
pub(crate) const RKEY: &str = "rkey";

impl CheckOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// An option that there is not, or a value that it cannot have.
    pub(crate) fn read(fields: &Fields, others: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        for (name, value) in fields.iter() {
            match name {
                ACCEPT_UNRESOLVED => options.accept_unresolved = switch(name, value)?,
                LEGACY_BLOBS => options.legacy_blobs = switch(name, value)?,
                LENIENT_DATETIMES => options.lenient_datetimes = switch(name, value)?,
                RESOLVE_EXTERNAL => options.resolve_external = switch(name, value)?,
                RKEY => options.rkey = Some(value.to_owned()).filter(|rkey| !rkey.is_empty()),
                name if others.contains(&name) => {}
                name => return Err(format!("there is no option `{name}`")),
            }
        }
        Ok(options)
    }

    fn to_options(&self) -> Options {
        let mut options = Options::default();
        options.rkey.clone_from(&self.rkey);
        if self.accept_unresolved {
            options.unresolved = Unresolved::Accept;
        }
        options.check.write = !self.legacy_blobs;
        options.check.lenient_datetimes = self.lenient_datetimes;
        options
    }
}

fn switch(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "" | "1" | "on" | "true" => Ok(true),
        "0" | "off" | "false" => Ok(false),
        _ => Err(format!("`{name}` is true or false")),
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) violations: Vec<Violation>,
    /// How many violations are not listed.
    pub(crate) more: usize,
}

impl Report {
    /// Checks a text.
    pub(crate) fn new(
        catalog: &Catalog,
        document: &Document,
        choice: &Choice,
        text: &[u8],
        options: &CheckOptions,
    ) -> Self {
        let value = match lexicon_runtime::json::parse(choice.root(), text) {
            Ok(value) => value,
            Err(violations) => return violations.into(),
        };
        match choice.check(catalog, document, &value, &options.to_options()) {
            Verdict::Valid => Self::default(),
            Verdict::Invalid(violations) => violations.into(),
            Verdict::Unknown(reason) => Self {
                violations: vec![Violation::new(
                    choice.root(),
                    format!("cannot be checked: {reason}"),
                )],
                more: 0,
            },
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }

    /// The answer for programs.
    pub(crate) fn to_json(&self) -> Value {
        let violations = self.violations.iter();
        let violations: Vec<_> = violations
            .map(|violation| json!({ "place": violation.place, "message": violation.message }))
            .collect();
        json!({ "valid": self.is_valid(), "violations": violations, "more": self.more })
    }
}

impl From<lexicon_runtime::Violations> for Report {
    fn from(violations: lexicon_runtime::Violations) -> Self {
        Self {
            more: violations.more(),
            violations: violations.iter().cloned().collect(),
        }
    }
}
