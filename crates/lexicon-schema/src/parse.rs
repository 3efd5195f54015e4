//! JSON in, [`Document`] out, or all that is wrong with it.

mod field;
mod schema;

use std::collections::BTreeMap;
use std::path::Path;

use lexicon_runtime::Nsid;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::{
    Body, Def, DefKind, Document, ErrorDef, Method, Object, PermissionSet, Record, Subscription,
};

/// Reads one document.
///
/// # Errors
/// Everything that keeps it from being one.
pub(crate) fn document(file: &Path, source: &str) -> Result<Document, Vec<Diagnostic>> {
    let mut parser = Parser {
        file,
        found: Vec::new(),
    };
    let document = parser.document(source);
    match document {
        Some(document) if parser.found.is_empty() => Ok(document),
        _ => Err(parser.found),
    }
}

type Members = Map<String, Value>;

struct Parser<'a> {
    file: &'a Path,
    found: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn fault(&mut self, pointer: &Pointer, rule: &'static str, message: impl Into<String>) {
        let diagnostic = Diagnostic::new(self.file, pointer.clone(), rule, message);
        self.found.push(diagnostic);
    }

    fn document(&mut self, source: &str) -> Option<Document> {
        let root = Pointer::root();
        let value = match lexicon_runtime::json::parse("document", source.as_bytes()) {
            Ok(value) => value,
            Err(violations) => {
                self.fault(&root, "json", violations.to_string());
                return None;
            }
        };
        let members = self.object(&value, &root)?;
        if members.get("lexicon") != Some(&Value::from(1)) {
            self.fault(&root.join("lexicon"), "version", "expected 1");
        }
        let id = self.string(members, "id", &root).or_else(|| {
            self.fault(&root, "missing", "expected `id`, the NSID of the document");
            None
        })?;
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
            .filter_map(|(name, def)| Some((name.clone(), self.def(name, def, &at.join(name))?)))
            .collect();
        Some(Document {
            nsid,
            description: self.string(members, "description", &root),
            defs,
            file: self.file.to_owned(),
            source: source.to_owned(),
        })
    }

    fn def(&mut self, name: &str, value: &Value, at: &Pointer) -> Option<Def> {
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message = "expected a name of ASCII letters and digits that begins with a letter";
            self.fault(at, "def-name", message);
        }
        let members = self.object(value, at)?;
        let kind = self.type_name(members, at)?;
        let primary = matches!(
            &kind[..],
            "record" | "query" | "procedure" | "subscription" | "permission-set"
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
        let key = self.string(members, "key", at).unwrap_or_else(|| {
            self.fault(at, "missing", "expected `key`, the kind of the record key");
            String::new()
        });
        let record = self.required(members, "record", at)?;
        let at = at.join("record");
        let record = self.object(record, &at)?;
        if self.type_name(record, &at)? != "object" {
            self.fault(&at, "record-type", "expected an object");
            return None;
        }
        Some(Record {
            key,
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
            permissions: self.array(members, "permissions", at).unwrap_or_default(),
        }
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
                crate::model::Type::Array { items, .. } => &items.kind,
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
        let encoding = self.string(&body, "encoding", &at).unwrap_or_else(|| {
            self.fault(&at, "missing", "expected `encoding`, a content type");
            String::new()
        });
        let schema = body
            .get("schema")
            .and_then(|schema| self.schema(schema, &at.join("schema")));
        Some(Body {
            encoding,
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
            match self.string(error, "name", &at) {
                Some(name) => list.push(ErrorDef { name, description }),
                None => self.fault(&at, "missing", "expected `name`"),
            }
        }
        list
    }
}
