//! Names: of the file, of definitions, properties and errors.

use std::path::Component;

use super::findings::Findings;
use crate::diagnostic::Pointer;
use crate::model::{DefKind, Object};

pub(super) fn check(findings: &mut Findings<'_>) {
    file(findings);
    let document = findings.document;
    for at in &document.type_properties {
        let message = "`$type` needs no declaration: records and variants of unions have it";
        findings.add(at.clone(), "type-property", message);
    }
    for (name, def) in &document.defs {
        if name.contains(['_', '-']) {
            let message = format!("expected a lowerCamel name, found `{name}`");
            findings.add(def.pointer.clone(), "def-name-style", message);
        }
        def.each_object(&mut |object| properties(object, findings));
        let errors = match &def.kind {
            DefKind::Method(method) => &method.errors[..],
            DefKind::Subscription(subscription) => &subscription.errors,
            _ => &[],
        };
        let at = def.pointer.join("errors");
        for (index, error) in errors.iter().enumerate() {
            let name = &error.name;
            if name.is_empty() || name.contains(char::is_whitespace) {
                let message = format!("expected a word without white space, found `{name}`");
                findings.add(at.join(index).join("name"), "error-name", message);
            }
        }
        let errors: Vec<_> = errors.iter().map(|error| &error.name).collect();
        findings.repeated(&errors, &at);
    }
}

/// Whether the path of the file ends with the NSID, as far as the path goes.
fn file(findings: &mut Findings<'_>) {
    let document = findings.document;
    let nsid = document.nsid.as_str();
    let path = document.file.with_extension("");
    let name = path.file_name().and_then(|name| name.to_str());
    if name == Some(nsid) {
        return;
    }
    let segments = path
        .components()
        .rev()
        .map_while(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        });
    if !segments
        .zip(nsid.rsplit('.'))
        .all(|(found, expected)| found == expected)
    {
        let message = format!("expected a file {}.json", nsid.replace('.', "/"));
        findings.add(Pointer::root().join("id"), "file-path", message);
    }
}

fn properties(object: &Object, findings: &mut Findings<'_>) {
    for property in &object.properties {
        let name = &property.name;
        let at = &property.schema.pointer;
        let lower_camel = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric());
        // A name that is missing is reported when it is read.
        if !lower_camel && !name.is_empty() {
            let message = format!("expected a lowerCamel name, found `{name}`");
            findings.add(at.clone(), "field-name", message);
        }
        if property.nullable && !property.required {
            let message = format!("`{name}` may be absent and may be null");
            findings.add(at.clone(), "optional-and-nullable", message);
        }
    }
}
