//! JSON in, [`Document`] out, or all that is wrong with it.

mod field;
mod schema;

use std::collections::BTreeMap;
use std::mem;
use std::path::Path;

use lexicon_runtime::Nsid;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Pointer};
use crate::json;
use crate::model::{
    Body, Def, DefKind, Document, ErrorDef, Method, Object, PermissionSet, Record, Space,
    Subscription, Type,
};

/// A document that cannot be used.
pub(crate) struct Refused {
    /// Its NSID, if it has one.
    pub(crate) nsid: Option<String>,
    /// What could be read of it.
    pub(crate) document: Option<Document>,
    /// All that is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads one document; none from JSON that is no lexicon.
///
/// # Errors
/// Everything that keeps it from being used.
pub(crate) fn document(file: &Path, source: &str) -> Result<Option<Document>, Box<Refused>> {
    let mut parser = Parser {
        file,
        type_name: String::new(),
        type_properties: Vec::new(),
        found: Vec::new(),
    };
    let value = match json::parse(source.as_bytes()) {
        Ok(value) => value,
        Err(violations) => {
            parser.fault(&Pointer::root(), "json", violations.to_string());
            return Err(Box::new(Refused {
                nsid: None,
                document: None,
                diagnostics: parser.found,
            }));
        }
    };
    let Some(members) = value.as_object().filter(|members| is_lexicon(members)) else {
        return Ok(None);
    };
    match parser.document(members, source) {
        Some(document) if parser.found.is_empty() => Ok(Some(document)),
        document => Err(Box::new(Refused {
            document,
            nsid: nsid(members),
            diagnostics: parser.found,
        })),
    }
}

fn nsid(members: &Members) -> Option<String> {
    let id = members.get("id").and_then(Value::as_str);
    id.filter(|id| Nsid::parse(*id).is_ok()).map(str::to_owned)
}

/// Whether JSON is meant to be a lexicon, rather than a file of another tool such as `package.json`.
fn is_lexicon(members: &Members) -> bool {
    members.contains_key("lexicon") || members.contains_key("defs")
}

/// Whether a definition may have a name. The specification has no grammar for them.
pub(crate) fn is_def_name(name: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_legal)
}

type Members = Map<String, Value>;

struct Parser<'a> {
    file: &'a Path,
    /// The name by which data refers to the definition that is being read.
    type_name: String,
    type_properties: Vec<Pointer>,
    found: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn fault(&mut self, pointer: &Pointer, rule: &'static str, message: impl Into<String>) {
        let diagnostic = Diagnostic::new(self.file, pointer.clone(), rule, message);
        self.found.push(diagnostic);
    }

    fn document(&mut self, members: &Members, source: &str) -> Option<Document> {
        let root = Pointer::root();
        if members.get("lexicon") != Some(&Value::from(1)) {
            self.fault(&root.join("lexicon"), "version", "expected 1");
        }
        let id = self.required_string(members, "id", &root)?;
        let Ok(nsid) = Nsid::parse(id) else {
            self.fault(&root.join("id"), "nsid", "expected an NSID");
            return None;
        };
        let defs = self.members(members, "defs", &root).unwrap_or_default();
        let at = root.join("defs");
        if defs.is_empty() {
            self.fault(&at, "no-defs", "expected at least one definition");
        }
        let defs: BTreeMap<_, _> = defs
            .iter()
            .filter_map(|(name, def)| {
                self.type_name = match &name[..] {
                    "main" => nsid.to_string(),
                    name => format!("{nsid}#{name}"),
                };
                Some((name.clone(), self.def(name, def, &at.join(name))?))
            })
            .collect();
        Some(Document {
            nsid,
            description: self.string(members, "description", &root),
            defs,
            file: self.file.to_owned(),
            type_properties: mem::take(&mut self.type_properties),
            source: source.to_owned(),
        })
    }

    fn def(&mut self, name: &str, value: &Value, at: &Pointer) -> Option<Def> {
        if !is_def_name(name) {
            let message =
                "expected a name of ASCII letters, digits, `_` and `-` that begins with a letter";
            self.fault(at, "def-name", message);
        }
        let members = self.object(value, at)?;
        let kind = self.type_name(members, at)?;
        let primary = matches!(
            &kind[..],
            "record" | "query" | "procedure" | "subscription" | "permission-set" | "space"
        );
        if primary && name != "main" {
            let message = format!("a {kind} has to be the definition `main`");
            self.fault(at, "primary-def", message);
        }
        Some(Def {
            description: self.string(members, "description", at),
            pointer: at.clone(),
            kind: match &kind[..] {
                "record" => DefKind::Record(self.record(members, at)?),
                "query" | "procedure" => DefKind::Method(Box::new(self.method(&kind, members, at))),
                "subscription" => DefKind::Subscription(Box::new(self.subscription(members, at))),
                "permission-set" => DefKind::PermissionSet(self.permission_set(members, at)),
                "space" => DefKind::Space(self.space(members, at)?),
                "token" => DefKind::Token,
                "ref" | "union" | "unknown" | "params" | "permission" => {
                    let message = format!("`{kind}` cannot be a definition");
                    self.fault(at, "def-type", message);
                    return None;
                }
                _ => DefKind::Type(self.schema(value, at)?),
            },
        })
    }

    fn record(&mut self, members: &Members, at: &Pointer) -> Option<Record> {
        let key = self.required_string(members, "key", at);
        let record = self.required(members, "record", at)?;
        let at = at.join("record");
        let record = self.object(record, &at)?;
        if self.type_name(record, &at)? != "object" {
            self.fault(&at, "record-type", "expected an object");
            return None;
        }
        Some(Record {
            key: key?,
            object: self.object_type(record, &at),
        })
    }

    fn method(&mut self, kind: &str, members: &Members, at: &Pointer) -> Method {
        if kind == "query" && members.contains_key("input") {
            self.fault(&at.join("input"), "query-input", "a query has no input");
        }
        Method {
            procedure: kind == "procedure",
            params: self.params(members, at),
            input: self.body(members, "input", at),
            output: self.body(members, "output", at),
            errors: self.errors(members, at),
        }
    }

    fn subscription(&mut self, members: &Members, at: &Pointer) -> Subscription {
        let message = self.members(members, "message", at).unwrap_or_default();
        let at_message = at.join("message");
        let message = message
            .get("schema")
            .and_then(|schema| self.schema(schema, &at_message.join("schema")));
        if let Some(schema) = &message
            && !matches!(schema.kind, Type::Union { .. })
        {
            let message = format!("expected a union, found `{}`", schema.kind.name());
            self.fault(&schema.pointer, "message-type", message);
        }
        Subscription {
            params: self.params(members, at),
            message,
            errors: self.errors(members, at),
        }
    }

    fn permission_set(&mut self, members: &Members, at: &Pointer) -> PermissionSet {
        PermissionSet {
            title: self.string(members, "title", at),
            detail: self.string(members, "detail", at),
            permissions: self
                .required(members, "permissions", at)
                .and_then(|_| self.array(members, "permissions", at))
                .unwrap_or_default(),
        }
    }

    fn space(&mut self, members: &Members, at: &Pointer) -> Option<Space> {
        let key = self.required_string(members, "key", at);
        let name = self.required_string(members, "name", at);
        self.required(members, "collections", at)?;
        let listed = self.strings(members, "collections", at)?;
        let at = at.join("collections");
        let mut collections = Vec::new();
        for (index, nsid) in listed.iter().enumerate() {
            match Nsid::parse(nsid) {
                Ok(nsid) => collections.push(nsid),
                Err(_) => self.fault(&at.join(index), "nsid", "expected the NSID of a record"),
            }
        }
        Some(Space {
            key: key?,
            name: name?,
            collections,
        })
    }

    fn params(&mut self, members: &Members, at: &Pointer) -> Option<Object> {
        let params = self.members(members, "parameters", at)?;
        let at = at.join("parameters");
        if self.type_name(&params, &at)? != "params" {
            self.fault(&at, "params-type", "expected the type `params`");
        }
        if params.contains_key("nullable") {
            let message = "parameters cannot be null";
            self.fault(&at.join("nullable"), "params-nullable", message);
        }
        let object = self.object_type(&params, &at);
        for property in &object.properties {
            let kind = match &property.schema.kind {
                Type::Array { items, .. } => &items.kind,
                kind => kind,
            };
            if kind.param_kind().is_none() {
                let message = "expected a boolean, an integer, a string, or an array of these";
                self.fault(&property.schema.pointer, "param-type", message);
            }
        }
        Some(object)
    }

    fn body(&mut self, members: &Members, key: &str, at: &Pointer) -> Option<Body> {
        let body = self.members(members, key, at)?;
        let at = at.join(key);
        let encoding = self.required_string(&body, "encoding", &at);
        let schema = body
            .get("schema")
            .and_then(|schema| self.schema(schema, &at.join("schema")));
        Some(Body {
            encoding: encoding?,
            description: self.string(&body, "description", &at),
            schema,
        })
    }

    fn errors(&mut self, members: &Members, at: &Pointer) -> Vec<ErrorDef> {
        let errors = self.array(members, "errors", at).unwrap_or_default();
        let at = at.join("errors");
        let mut list = Vec::new();
        for (index, error) in errors.iter().enumerate() {
            let at = at.join(index);
            let Some(error) = self.object(error, &at) else {
                continue;
            };
            let description = self.string(error, "description", &at);
            let name = self.required_string(error, "name", &at);
            list.extend(name.map(|name| ErrorDef { name, description }));
        }
        list
    }
}
