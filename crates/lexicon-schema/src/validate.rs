//! The interpreted check of a value against a definition. It calls the same primitives in the same
//! order as generated code, so that both report the same violations in the same words.

use std::ops::Bound;

use lexicon_runtime::{Checker, Value, Violations};
use serde_json::Map;

use crate::catalog::{Catalog, DefRef};
use crate::model::{
    Def, DefKind, Document, Integer, Length, Method, Object, Schema, StringType, Type,
};

/// The result of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The value conforms to the definition.
    Valid,
    /// The value violates the definition.
    Invalid(Violations),
    /// The value cannot be checked, since a definition is missing or is no type of data: the reason.
    Unknown(String),
}

/// A part of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The query parameters, as an object.
    Params,
    /// The body of the request.
    Input,
    /// The body of the response.
    Output,
}

impl Part {
    /// The first segment of the places of its violations.
    pub fn root(self) -> &'static str {
        match self {
            Self::Params => "params",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// Checks a value against a definition: `NSID` or `NSID#name`.
pub fn definition(catalog: &Catalog, name: &str, value: &Value) -> Verdict {
    let nsid = name.split('#').next().unwrap_or_default();
    let Some(document) = catalog.get(nsid) else {
        return Verdict::Unknown(format!("there is no document {nsid}"));
    };
    let Some(target) = catalog.resolve(document, name) else {
        return Verdict::Unknown(format!("`{name}` is not defined"));
    };
    if !target.is_data() {
        return Verdict::Unknown(format!("`{name}` is not a type of data"));
    }
    run(catalog, "value", value, |interpreter, c, v| {
        interpreter.target(&target, c, v)
    })
}

/// Checks a value against a part of a method. Any value is valid for a part without
/// a schema.
pub fn part(catalog: &Catalog, nsid: &str, part: Part, value: &Value) -> Verdict {
    let document = catalog.get(nsid);
    let main = document.and_then(|document| document.defs.get("main"));
    let (Some(document), Some(Def { kind, .. })) = (document, main) else {
        return Verdict::Unknown(format!("there is no method {nsid}"));
    };
    let DefKind::Method(method) = kind else {
        return Verdict::Unknown(format!("{nsid} is neither a query nor a procedure"));
    };
    run(catalog, part.root(), value, |interpreter, c, v| {
        interpreter.part(document, method, part, c, v);
    })
}

/// Checks a value against a type that refers to nothing.
///
/// # Errors
/// The violations.
pub(crate) fn scalar(kind: &Type, value: &Value) -> Result<(), Violations> {
    Checker::run("value", value, |c, v| match kind {
        Type::Integer(integer) => check_integer(integer, c, v),
        Type::String(string) => check_string(string, c, v),
        _ => {}
    })
}

fn run(
    catalog: &Catalog,
    root: &'static str,
    value: &Value,
    check: impl FnOnce(&mut Interpreter<'_>, &mut Checker, &Value),
) -> Verdict {
    let mut interpreter = Interpreter {
        catalog,
        unresolved: None,
    };
    let result = Checker::run(root, value, |c, v| check(&mut interpreter, c, v));
    match (interpreter.unresolved, result) {
        (Some(reference), _) => Verdict::Unknown(format!("`{reference}` is not defined")),
        (None, Ok(())) => Verdict::Valid,
        (None, Err(violations)) => Verdict::Invalid(violations),
    }
}

struct Interpreter<'c> {
    catalog: &'c Catalog,
    /// The first reference on the way that leads nowhere.
    unresolved: Option<String>,
}

impl Interpreter<'_> {
    fn part(
        &mut self,
        document: &Document,
        method: &Method,
        part: Part,
        c: &mut Checker,
        v: &Value,
    ) {
        let body = match part {
            Part::Params => {
                return match &method.params {
                    Some(params) if !params.properties.is_empty() => {
                        self.object(document, params, c, v)
                    }
                    _ => {}
                };
            }
            Part::Input => &method.input,
            Part::Output => &method.output,
        };
        if let Some(schema) = body.as_ref().and_then(|body| body.schema.as_ref()) {
            self.schema(document, schema, c, v);
        }
    }

    fn target(&mut self, target: &DefRef<'_>, c: &mut Checker, v: &Value) {
        match &target.def.kind {
            DefKind::Record(record) => {
                let Some(object) = c.object(v) else { return };
                c.record_type(object, target.document.nsid.as_str());
                self.members(target.document, &record.object, object, c);
            }
            DefKind::Type(schema) => self.schema(target.document, schema, c, v),
            DefKind::Token => c.string(v).one_of(&[target.type_name()]).end(),
            DefKind::Method(_)
            | DefKind::Subscription(_)
            | DefKind::PermissionSet(_)
            | DefKind::Space(_) => {
                self.unresolved.get_or_insert(target.type_name());
            }
        }
    }

    fn reference(&mut self, document: &Document, reference: &str, c: &mut Checker, v: &Value) {
        match self.catalog.resolve(document, reference) {
            Some(target) => self.target(&target, c, v),
            None => {
                self.unresolved.get_or_insert_with(|| reference.to_owned());
            }
        }
    }

    fn schema(&mut self, document: &Document, schema: &Schema, c: &mut Checker, v: &Value) {
        match &schema.kind {
            Type::Boolean {
                r#const: Some(only),
                ..
            } => c.boolean_const(v, *only),
            Type::Boolean { .. } => c.boolean(v),
            Type::Integer(integer) => check_integer(integer, c, v),
            Type::String(string) => check_string(string, c, v),
            Type::Bytes(length) => c.bytes(v).length(range(length)).end(),
            Type::CidLink => c.link(v),
            Type::Blob { accept, max_size } => {
                let mut check = c.blob(v);
                if !accept.is_empty() {
                    check = check.accept(accept);
                }
                if let Some(limit) = max_size {
                    check = check.max_size(*limit);
                }
                check.end();
            }
            Type::Array { items, length } => {
                c.array(v, range(length), |c, v| self.schema(document, items, c, v));
            }
            Type::Object(object) if object.unconstrained => c.unconstrained_object(v),
            Type::Object(object) => self.object(document, object, c, v),
            Type::Ref(reference) => self.reference(document, reference, c, v),
            Type::Union { refs, closed } => self.union(document, refs, *closed, c, v),
            Type::Unknown => c.unknown(v),
        }
    }

    fn object(&mut self, document: &Document, object: &Object, c: &mut Checker, v: &Value) {
        if let Some(members) = c.object(v) {
            self.members(document, object, members, c);
        }
    }

    fn members(
        &mut self,
        document: &Document,
        object: &Object,
        members: &Map<String, Value>,
        c: &mut Checker,
    ) {
        for property in &object.properties {
            let key = property.name.clone();
            let check = |c: &mut Checker, v: &Value| self.schema(document, &property.schema, c, v);
            match (property.required, property.nullable) {
                (true, false) => c.required(members, key, check),
                (true, true) => c.required_nullable(members, key, check),
                (false, false) => c.optional(members, key, check),
                (false, true) => c.optional_nullable(members, key, check),
            }
        }
    }

    fn union(
        &mut self,
        document: &Document,
        refs: &[String],
        closed: bool,
        c: &mut Checker,
        v: &Value,
    ) {
        let Some(name) = c.variant(v) else { return };
        let mut names = Vec::new();
        for reference in refs {
            let Some(target) = self.catalog.resolve(document, reference) else {
                self.unresolved.get_or_insert_with(|| reference.clone());
                continue;
            };
            if target.type_name() == name {
                // Anything but an object has no members to check.
                return if target.is_object() {
                    self.target(&target, c, v)
                };
            }
            if !names.contains(&target.type_name()) {
                names.push(target.type_name());
            }
        }
        if closed {
            c.not_in_union(&names);
        }
    }
}

fn check_integer(integer: &Integer, c: &mut Checker, v: &Value) {
    let bounds = (included(integer.minimum), included(integer.maximum));
    let mut check = c.integer(v).range(bounds);
    if let Some(values) = &integer.r#enum {
        check = check.one_of(values);
    }
    if let Some(only) = integer.r#const {
        check = check.one_of(&[only]);
    }
    check.end();
}

fn check_string(string: &StringType, c: &mut Checker, v: &Value) {
    let mut check = c
        .string(v)
        .bytes(range(&string.bytes))
        .graphemes(range(&string.graphemes));
    if let Some(values) = &string.r#enum {
        check = check.one_of(values);
    }
    if let Some(only) = &string.r#const {
        check = check.one_of(&[only]);
    }
    if let Some(format) = string.format {
        check = check.format(format);
    }
    check.end();
}

fn range(length: &Length) -> (Bound<u64>, Bound<u64>) {
    (included(length.min), included(length.max))
}

fn included<N>(bound: Option<N>) -> Bound<N> {
    bound.map_or(Bound::Unbounded, Bound::Included)
}
