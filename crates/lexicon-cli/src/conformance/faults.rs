//! What is wrong with generated code: it does not compile, or a type and its samples do not agree.

use std::collections::BTreeMap;

use lexicon_codegen::{Files, GeneratedType};
use lexicon_schema::validate::Part;
use serde_json::{Value, json};

/// The faults of the documents that have any, by NSID.
pub(super) type Faults = BTreeMap<String, Vec<Fault>>;

/// Something that is wrong with the code of a document.
#[derive(Debug)]
pub(super) struct Fault {
    /// The definition, with the part of a method; `None` where the code does not compile.
    definition: Option<String>,
    message: String,
    /// The value with which it was found.
    value: Option<Value>,
}

impl Fault {
    pub(super) fn of_code(message: impl Into<String>) -> Self {
        Self {
            definition: None,
            message: message.into(),
            value: None,
        }
    }

    pub(super) fn of_sample(generated: &GeneratedType, message: &str, value: &Value) -> Self {
        let definition = match generated.part.map(Part::root) {
            None => generated.def.clone(),
            Some(part) => format!("{} {part}", generated.def),
        };
        Self {
            definition: Some(definition),
            message: message.to_owned(),
            value: Some(value.clone()),
        }
    }

    /// A line of the report.
    pub(super) fn line(&self, nsid: &str) -> String {
        let Self {
            definition,
            message,
            value,
        } = self;
        match (definition, value) {
            (Some(definition), Some(value)) => {
                format!("{nsid}: {definition}: {message}, for {value}")
            }
            _ => format!("{nsid}: {message}"),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let Self {
            definition,
            message,
            value,
        } = self;
        json!({ "definition": definition, "message": message, "value": value })
    }
}

/// The NSIDs of the documents, by the files of their code.
pub(super) fn documents_by_file(files: &Files) -> BTreeMap<&str, &str> {
    let files = files.iter().filter_map(|(name, text)| {
        let (_, rest) = text.split_once(NSID)?;
        Some((name.as_str(), rest.split('"').next()?))
    });
    files.collect()
}

/// What stands before the NSID in the code of a document.
const NSID: &str = "pub const NSID: &str = \"";
