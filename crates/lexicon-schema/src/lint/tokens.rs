//! Tokens: references to them, and strings that name them.

use lexicon_runtime::Nsid;

use super::findings::Findings;
use crate::catalog::Catalog;
use crate::diagnostic::Pointer;
use crate::model::{DefKind, Type};

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
                    values(catalog, listed, &at.join("enum"), findings);
                    values(
                        catalog,
                        &string.known_values,
                        &at.join("knownValues"),
                        findings,
                    );
                }
                _ => {}
            }
        });
    }
}

/// Values of a string, some of which may be names of tokens.
fn values(catalog: &Catalog, values: &[String], at: &Pointer, findings: &mut Findings<'_>) {
    let document = findings.document;
    findings.repeated(values, at);
    for (index, value) in values.iter().enumerate() {
        let Some((nsid, name)) = value.split_once('#') else {
            continue;
        };
        let at = at.join(index);
        if nsid.is_empty() && document.defs.contains_key(name) {
            let message = format!("data has the token as `{}#{name}`", document.nsid);
            findings.add(at, "local-token", message);
        } else if Nsid::parse(nsid).is_ok()
            && (nsid == document.nsid.as_str() || catalog.get(nsid).is_some())
            && catalog.resolve(document, value).is_none()
        {
            findings.add(at, "unknown-token", format!("`{value}` is not defined"));
        }
    }
}
