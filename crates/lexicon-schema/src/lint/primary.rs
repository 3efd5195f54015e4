//! Records, methods, subscriptions and permission sets as a whole.

use lexicon_runtime::Format;

use super::findings::Findings;
use crate::diagnostic::Pointer;
use crate::model::{Def, DefKind};

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = findings.document;
    for (name, def) in &document.defs {
        let described = match &def.kind {
            DefKind::Type(_) => true,
            DefKind::PermissionSet(set) => set.detail.is_some(),
            _ => false,
        };
        let by_document = name == "main" && document.description.is_some();
        if !described && !by_document && def.description.is_none() {
            let message = "expected a `description`";
            findings.add(def.pointer.clone(), "missing-description", message);
        }
        of_kind(def, findings);
    }
}

fn of_kind(def: &Def, findings: &mut Findings<'_>) {
    let at = &def.pointer;
    match &def.kind {
        DefKind::Record(record) => key(&record.key, at, findings),
        DefKind::Space(space) => key(&space.key, at, findings),
        DefKind::Method(method) if method.procedure && method.output.is_none() => {
            let message = "expected `output`: without it, clients do not know what to read";
            findings.add(at.clone(), "missing-output", message);
        }
        DefKind::Subscription(subscription) if subscription.message.is_none() => {
            let message = "expected `message` with a `schema`, a union of what the server sends";
            findings.add(at.clone(), "missing-message", message);
        }
        DefKind::PermissionSet(set) if set.title.is_none() => {
            let message = "expected a `title`";
            findings.add(at.clone(), "missing-title", message);
        }
        _ => {}
    }
}

fn key(key: &str, at: &Pointer, findings: &mut Findings<'_>) {
    let is_valid = match key.strip_prefix("literal:") {
        Some(literal) => Format::RecordKey.is_valid(literal),
        None => matches!(key, "tid" | "nsid" | "any"),
    };
    if !is_valid {
        let mut message = format!("expected `tid`, `nsid`, `any` or `literal:...`, found `{key}`");
        if Format::RecordKey.is_valid(key) && !key.contains(':') {
            message.push_str(&format!("; the one key `{key}` is `literal:{key}`"));
        }
        findings.add(at.join("key"), "record-key", message);
    }
}
