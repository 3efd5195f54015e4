//! Records, methods, subscriptions and permission sets as a whole.

use super::findings::Findings;
use crate::model::{DefKind, ErrorDef};

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = findings.document;
    let Some(main) = document.defs.get("main") else {
        return;
    };
    let at = &main.pointer;
    if !matches!(main.kind, DefKind::Type(_) | DefKind::Token)
        && main.description.is_none()
        && document.description.is_none()
    {
        let has_detail = matches!(&main.kind, DefKind::PermissionSet(set) if set.detail.is_some());
        if !has_detail {
            let message = "expected a `description`";
            findings.add(at.clone(), "missing-description", message);
        }
    }
    match &main.kind {
        DefKind::Method(method) => {
            if method.procedure && method.output.is_none() {
                let message = "expected `output`: without it, clients do not know what to read";
                findings.add(at.clone(), "missing-output", message);
            }
            for (key, body) in [("input", &method.input), ("output", &method.output)] {
                if let Some(body) = body.as_ref().filter(|body| body.encoding.contains(',')) {
                    let message = format!(
                        "expected one media type or a glob such as `*/*`, found `{}`",
                        body.encoding
                    );
                    findings.add(at.join(key).join("encoding"), "encoding-list", message);
                }
            }
            errors(&method.errors, findings);
        }
        DefKind::Subscription(subscription) => errors(&subscription.errors, findings),
        _ => {}
    }
}

fn errors(errors: &[ErrorDef], findings: &mut Findings<'_>) {
    let at = findings.document.defs["main"].pointer.join("errors");
    for (index, error) in errors.iter().enumerate() {
        if error.name.is_empty() || error.name.contains(char::is_whitespace) {
            let message = format!(
                "expected a word without white space, found `{}`",
                error.name
            );
            findings.add(at.join(index).join("name"), "error-name", message);
        }
    }
}
