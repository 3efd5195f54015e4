//! Objects, unions and lengths, wherever they stand.

use super::findings::Findings;
use crate::catalog::{Catalog, absolute};
use crate::data_flow::DataFlow;
use crate::diagnostic::Pointer;
use crate::model::{Body, Def, DefKind, Length, Schema, StringType, Type};

/// The length in bytes beyond which a value is better a blob.
const LARGE: u64 = 20 * 1024;

pub(super) fn check(catalog: &Catalog, flow: &DataFlow<'_>, findings: &mut Findings<'_>) {
    let document = findings.document;
    for (name, def) in &document.defs {
        let directions = flow.directions(document.nsid.as_str(), name);
        def.each_schema(&mut |schema| shape(catalog, def, schema, findings));
        match &def.kind {
            DefKind::Method(method) => {
                body(method.input.as_ref(), findings);
                body(method.output.as_ref(), findings);
                let params = method.params.iter().flat_map(|params| &params.properties);
                params.for_each(|property| bounds(&property.schema, findings));
                if let Some(Body {
                    schema: Some(schema),
                    ..
                }) = &method.input
                {
                    bounds(schema, findings);
                }
            }
            DefKind::Type(schema) if directions.input => bounds(schema, findings),
            DefKind::Record(record) => {
                if record.object.unconstrained {
                    unconstrained(&def.pointer.join("record"), findings);
                }
                if directions.input {
                    let properties = record.object.properties.iter();
                    properties.for_each(|property| bounds(&property.schema, findings));
                }
            }
            _ => {}
        }
    }
}

fn body(body: Option<&Body>, findings: &mut Findings<'_>) {
    let Some(schema) = body.and_then(|body| body.schema.as_ref()) else {
        return;
    };
    if !matches!(
        schema.kind,
        Type::Object(_) | Type::Ref(_) | Type::Union { .. }
    ) {
        let found = schema.kind.name();
        let message = format!("expected an object, a ref or a union, found `{found}`");
        findings.add(schema.pointer.clone(), "body-type", message);
    }
}

fn shape(catalog: &Catalog, def: &Def, schema: &Schema, findings: &mut Findings<'_>) {
    let at = &schema.pointer;
    match &schema.kind {
        Type::Object(object) if object.unconstrained => unconstrained(at, findings),
        Type::Object(_) => {
            let named = *at == def.pointer;
            let body = ["input", "output"]
                .iter()
                .any(|body| *at == def.pointer.join(body).join("schema"));
            if !named && !body {
                let message = "expected a reference to a definition of its own";
                findings.add(at.clone(), "inline-object", message);
            }
        }
        Type::Union { refs, .. } => {
            let names: Vec<_> = refs
                .iter()
                .map(|reference| absolute(findings.document, reference))
                .collect();
            findings.repeated(&names, &at.join("refs"));
            for (index, reference) in refs.iter().enumerate() {
                let Some(target) = catalog.resolve(findings.document, reference) else {
                    continue;
                };
                let at = at.join("refs").join(index);
                if matches!(target.def.kind, DefKind::Token) {
                    let message = format!(
                        "`{reference}` is a token: list it in `knownValues` of a string instead"
                    );
                    findings.add(at, "union-token", message);
                } else if !target.is_object() {
                    let message =
                        format!("`{reference}` is neither a record nor an object with properties");
                    findings.add(at, "union-variant", message);
                }
            }
        }
        Type::Bytes(Length { max: None, .. }) => {
            let message = "expected `maxLength`, the largest number of bytes";
            findings.add(at.clone(), "unbounded-bytes", message);
        }
        Type::Bytes(length) | Type::String(StringType { bytes: length, .. })
            if length.max > Some(LARGE) =>
        {
            let message = format!("expected at most {LARGE} bytes, or a blob");
            findings.add(at.join("maxLength"), "large-value", message);
        }
        _ => {}
    }
}

fn unconstrained(at: &Pointer, findings: &mut Findings<'_>) {
    let message = "without `properties`, any object is valid: write `unknown` for that";
    findings.add(at.clone(), "unconstrained-object", message);
}

/// Checks that what a client sends has bounds.
fn bounds(schema: &Schema, findings: &mut Findings<'_>) {
    schema.each_schema(&mut |schema| {
        if let Type::String(StringType {
            bytes: Length { max: None, .. },
            graphemes: Length { max: None, .. },
            format: None,
            r#enum: None,
            r#const: None,
            ..
        }) = &schema.kind
        {
            let message = "expected `maxLength`: a client can send text of any length";
            findings.add(schema.pointer.clone(), "unbounded-string", message);
        }
    });
}
