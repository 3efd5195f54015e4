//! Media types: of bodies and of blobs.

use super::findings::Findings;
use crate::model::{DefKind, Type};

pub(super) fn check(findings: &mut Findings<'_>) {
    for def in findings.document.defs.values() {
        if let DefKind::Method(method) = &def.kind {
            for (key, body) in [("input", &method.input), ("output", &method.output)] {
                let Some(body) = body.as_ref().filter(|body| !is_pattern(&body.encoding)) else {
                    continue;
                };
                let message = format!(
                    "expected one media type or a glob such as `*/*`, without parameters, found `{}`",
                    body.encoding
                );
                findings.add(def.pointer.join(key).join("encoding"), "encoding", message);
            }
        }
        def.each_schema(&mut |schema| {
            let Type::Blob { accept, max_size } = &schema.kind else {
                return;
            };
            if *max_size == Some(0) {
                let message = "expected at least 1: no blob is that small";
                findings.add(schema.pointer.join("maxSize"), "max-size", message);
            }
            let at = schema.pointer.join("accept");
            for (index, pattern) in accept.iter().enumerate() {
                if !is_pattern(pattern) {
                    let message = format!(
                        "expected a media type, or a glob such as `image/*` or `*/*`, found `{pattern}`"
                    );
                    findings.add(at.join(index), "accept", message);
                }
            }
            findings.repeated(accept, &at);
        });
    }
}

/// Whether a text is a media type without parameters, `type/*`, or `*/*`.
fn is_pattern(text: &str) -> bool {
    match text.split_once('/') {
        Some(("*", subtype)) => subtype == "*",
        Some((kind, subtype)) => is_token(kind) && (subtype == "*" || is_token(subtype)),
        None => false,
    }
}

/// Whether a text is a restricted name. Source: RFC 6838, section 4.2.
fn is_token(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    text.len() <= 127
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(plain)
}
