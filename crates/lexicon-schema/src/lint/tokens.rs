//! Tokens: references to them, and strings that name them.

use lexicon_runtime::Nsid;

use super::findings::Findings;
use crate::catalog::Catalog;
use crate::diagnostic::Pointer;
use crate::model::{DefKind, Type};
use crate::parse::is_def_name;

pub(super) fn check(catalog: &Catalog, findings: &mut Findings<'_>) {
    let document = findings.document;
    for def in document.defs.values() {
        def.each_schema(&mut |schema| {
            let at = &schema.pointer;
            match &schema.kind {
                Type::Ref(reference) => {
                    let target = catalog.resolve(document, reference);
                    if target.is_some_and(|target| matches!(target.def.kind, DefKind::Token)) {
                        let message = format!(
                            "`{reference}` is a token: list it in `knownValues` of a string instead"
                        );
                        findings.add(at.join("ref"), "ref-token", message);
                    }
                }
                Type::String(string) => {
                    let listed = string.r#enum.as_deref().unwrap_or_default();
                    for (key, values) in [("enum", listed), ("knownValues", &string.known_values)] {
                        let at = at.join(key);
                        findings.repeated(values, &at);
                        for (index, text) in values.iter().enumerate() {
                            value(catalog, text, at.join(index), findings);
                        }
                    }
                    for (key, text) in [("const", &string.r#const), ("default", &string.default)] {
                        if let Some(text) = text {
                            value(catalog, text, at.join(key), findings);
                        }
                    }
                }
                _ => {}
            }
        });
    }
}

/// A value of a string, which may be the name of a token.
fn value(catalog: &Catalog, value: &str, at: Pointer, findings: &mut Findings<'_>) {
    let document = findings.document;
    let Some((nsid, name)) = value.split_once('#') else {
        return;
    };
    if nsid.is_empty() && is_def_name(name) {
        let message = format!(
            "data has a token as `{}#{name}`, with its NSID",
            document.nsid
        );
        findings.add(at, "local-token", message);
    } else if Nsid::parse(nsid).is_ok()
        && (nsid == document.nsid.as_str() || catalog.get(nsid).is_some())
        && catalog.resolve(document, value).is_none()
    {
        findings.add(at, "unknown-token", format!("`{value}` is not defined"));
    }
}
