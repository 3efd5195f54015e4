//! The interpreted check of a value against a definition. It calls the same primitives in the same
//! order as generated code, so that both report the same violations in the same words.

mod interpreter;
mod record_key;

use lexicon_runtime::{Checker, Node, Tree, Value, Violation, Violations};

use crate::catalog::Catalog;
use crate::model::{Body, Def, DefKind, Document, Object, Schema, Type};
use interpreter::Interpreter;

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

/// How a value is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The key of the record that the value is, which its `key` has to allow. Its place is `rkey`.
    pub rkey: Option<String>,
    /// What becomes of a value whose definition is missing.
    pub unresolved: Unresolved,
    /// What the check tolerates.
    pub check: lexicon_runtime::Options,
}

/// What becomes of a value whose definition is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unresolved {
    /// The verdict is [`Verdict::Unknown`].
    #[default]
    Report,
    /// Any value within the data model is accepted there, as a PDS accepts records that it does not know: the
    /// `$type`, if it has one, and the record key are checked.
    Accept,
}

/// A part of a method or of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The query parameters, as an object.
    Params,
    /// The body of the request.
    Input,
    /// The body of the response.
    Output,
    /// A message of a subscription, with the `$type` that its frame has as `t`.
    Message,
}

impl Part {
    /// The first segment of the places of its violations.
    pub fn root(self) -> &'static str {
        match self {
            Self::Params => "params",
            Self::Input => "input",
            Self::Output => "output",
            Self::Message => "message",
        }
    }
}

/// Checks a value against a definition: `NSID` or `NSID#name`.
pub fn definition(catalog: &Catalog, name: &str, value: &Value, options: &Options) -> Verdict {
    let nsid = name.split('#').next().unwrap_or_default();
    let document = catalog.get(nsid);
    let Some(target) = document.and_then(|document| catalog.resolve(document, name)) else {
        if options.unresolved == Unresolved::Accept {
            let verdict = run(catalog, "value", value, options, |_, c, v| {
                let object = c.object(v).filter(|object| object.get("$type").is_some());
                // The type of a record is the one that it is to be.
                if let Some(object) = object.filter(|_| name == nsid) {
                    c.record_type(object, nsid);
                }
            });
            return with_record_key(options, verdict, |rkey| record_key::check("any", rkey));
        }
        return Verdict::Unknown(match document {
            None => format!("there is no document {nsid}"),
            Some(_) => format!("`{name}` is not defined"),
        });
    };
    if !target.is_data() {
        return Verdict::Unknown(format!("`{name}` is not a type of data"));
    }
    let verdict = run(catalog, "value", value, options, |interpreter, c, v| {
        interpreter.target(&target, c, v)
    });
    with_record_key(options, verdict, |rkey| match &target.def.kind {
        DefKind::Record(record) => record_key::check(&record.key, rkey),
        _ => Err(format!("`{name}` is no record, and has no record key")),
    })
}

/// A verdict with what `check` finds in the record key, if there is one.
fn with_record_key(
    options: &Options,
    verdict: Verdict,
    check: impl FnOnce(&str) -> Result<Option<Violation>, String>,
) -> Verdict {
    let Some(rkey) = &options.rkey else {
        return verdict;
    };
    match (check(rkey), verdict) {
        (Err(reason), _) => Verdict::Unknown(reason),
        (Ok(None), verdict) | (Ok(_), verdict @ Verdict::Unknown(_)) => verdict,
        (Ok(Some(violation)), Verdict::Valid) => Verdict::Invalid(violation.into()),
        (Ok(Some(violation)), Verdict::Invalid(violations)) => {
            Verdict::Invalid(Violations::from(violation).and(violations))
        }
    }
}

/// Checks a value against a part of a method or of a subscription. Any value is valid for a body without a
/// schema.
pub fn part(
    catalog: &Catalog,
    nsid: &str,
    part: Part,
    value: &Value,
    options: &Options,
) -> Verdict {
    let document = catalog.get(nsid);
    let main = document.and_then(|document| document.defs.get("main"));
    let (Some(document), Some(def)) = (document, main) else {
        return Verdict::Unknown(format!("there is no method {nsid}"));
    };
    let schema = match part_schema(document, def, part) {
        Ok(schema) => schema,
        Err(reason) => return Verdict::Unknown(reason),
    };
    let check = |interpreter: &mut Interpreter<'_>, c: &mut Checker, v: Node<'_>| match schema {
        PartSchema::Params(params) => interpreter.object(document, params, c, v),
        PartSchema::NoParams => {
            if c.object(v).is_some_and(|params| !params.is_empty()) {
                c.violation("expected no parameters");
            }
        }
        PartSchema::Schema(schema) => interpreter.schema(document, schema, c, v),
        PartSchema::None => {}
    };
    match schema {
        PartSchema::None => Verdict::Valid,
        _ => run(catalog, part.root(), value, options, check),
    }
}

/// What a part of a method has to be.
#[derive(Clone, Copy)]
enum PartSchema<'d> {
    Params(&'d Object),
    NoParams,
    Schema(&'d Schema),
    /// A body of any content.
    None,
}

/// The schema of a part, or why there is no such part.
fn part_schema<'d>(
    document: &Document,
    def: &'d Def,
    part: Part,
) -> Result<PartSchema<'d>, String> {
    let nsid = &document.nsid;
    let params = |params: &'d Option<Object>| match params {
        Some(params) if !params.properties.is_empty() => PartSchema::Params(params),
        _ => PartSchema::NoParams,
    };
    let body = |body: &'d Option<Body>| {
        let body = body.as_ref();
        let body = body.ok_or_else(|| format!("{nsid} declares no {}", part.root()))?;
        Ok(body
            .schema
            .as_ref()
            .map_or(PartSchema::None, PartSchema::Schema))
    };
    match (&def.kind, part) {
        (DefKind::Method(method), Part::Params) => Ok(params(&method.params)),
        (DefKind::Method(method), Part::Input) => body(&method.input),
        (DefKind::Method(method), Part::Output) => body(&method.output),
        (DefKind::Method(_), Part::Message) => Err(format!("{nsid} is no subscription")),
        (DefKind::Subscription(subscription), Part::Params) => Ok(params(&subscription.params)),
        (DefKind::Subscription(subscription), Part::Message) => {
            let message = subscription.message.as_ref();
            let message = message.ok_or_else(|| format!("{nsid} declares no messages"))?;
            Ok(PartSchema::Schema(message))
        }
        (DefKind::Subscription(_), _) => Err(format!(
            "{nsid} is a subscription, which has parameters and messages"
        )),
        _ => Err(format!(
            "{nsid} is neither a query, a procedure nor a subscription"
        )),
    }
}

/// Checks a value against a type that refers to nothing.
///
/// # Errors
/// The violations.
pub(crate) fn scalar(kind: &Type, value: &Value) -> Result<(), Violations> {
    Checker::run("value", value, |c, v| match kind {
        Type::Integer(integer) => interpreter::check_integer(integer, c, v),
        Type::String(string) => interpreter::check_string(string, c, v),
        _ => {}
    })
}

fn run(
    catalog: &Catalog,
    root: &'static str,
    value: &Value,
    options: &Options,
    mut check: impl FnMut(&mut Interpreter<'_>, &mut Checker, Node<'_>),
) -> Verdict {
    let mut interpreter = Interpreter::new(catalog);
    let checker = Checker::new(root).with(options.check);
    let result = checker.check(&Tree::from(value), |c, v| check(&mut interpreter, c, v));
    match (interpreter.into_unresolved(), result) {
        (Some(reference), _) if options.unresolved == Unresolved::Report => {
            Verdict::Unknown(format!("`{reference}` is not defined"))
        }
        (_, Ok(())) => Verdict::Valid,
        (_, Err(violations)) => Verdict::Invalid(violations),
    }
}
