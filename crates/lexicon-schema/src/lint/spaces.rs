//! Spaces, which follow a draft.

use super::findings::Findings;
use crate::model::{DefKind, Type};

/// The largest length of a name, in UTF-16 code units, as the draft's implementation counts.
const MAX_NAME: usize = 64;

pub(super) fn check(findings: &mut Findings<'_>) {
    for def in findings.document.defs.values() {
        let at = &def.pointer;
        match &def.kind {
            DefKind::Space(space) => {
                let message = "the type `space` is not in the specification yet";
                findings.add(at.clone(), "draft-feature", message);
                let length = space.name.encode_utf16().count();
                if !(1..=MAX_NAME).contains(&length) {
                    let message = format!("expected 1 to {MAX_NAME} characters, found {length}");
                    findings.add(at.join("name"), "space-name", message);
                }
                let names: Vec<_> = space.collections.iter().map(|nsid| nsid.as_str()).collect();
                findings.repeated(&names, &at.join("collections"));
            }
            DefKind::PermissionSet(set) => {
                let at = at.join("permissions");
                for (index, permission) in set.permissions.iter().enumerate() {
                    if permission
                        .get("resource")
                        .is_some_and(|resource| resource == "space")
                    {
                        let message = "the resource `space` is not in the specification yet";
                        findings.add(at.join(index), "draft-feature", message);
                    }
                }
            }
            _ => {}
        }
        def.each_schema(&mut |schema| {
            let Type::String(string) = &schema.kind else {
                return;
            };
            if let Some(format) = string.format.filter(|format| format.name() == "space-ref") {
                let message = format!(
                    "the format `{}` is not in the specification yet",
                    format.name()
                );
                findings.add(schema.pointer.clone(), "draft-feature", message);
            }
        });
    }
}
