//! Permission sets.

use super::findings::Findings;
use crate::model::DefKind;
use crate::permission::{self, Fault};

pub(super) fn check(findings: &mut Findings<'_>) {
    for def in findings.document.defs.values() {
        let DefKind::PermissionSet(set) = &def.kind else {
            continue;
        };
        let at = def.pointer.join("permissions");
        for (index, permission) in set.permissions.iter().enumerate() {
            let read = permission::read(permission, &at.join(index), &findings.document.nsid);
            for Fault {
                at,
                is_illegal,
                message,
            } in read.err().into_iter().flatten()
            {
                let rule = if is_illegal {
                    "permission"
                } else {
                    "ignored-permission"
                };
                findings.add(at, rule, message);
            }
        }
    }
}
