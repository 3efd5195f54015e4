//! Types of data.

use std::collections::{HashMap, HashSet};

use lexicon_runtime::{Format, Nsid};
use serde_json::Value;

use super::{Members, Parser};
use crate::diagnostic::Pointer;
use crate::model::{Integer, Length, Object, Property, Schema, StringType, Type};
use crate::validate;

impl Parser<'_> {
    pub(super) fn schema(&mut self, value: &Value, at: &Pointer) -> Option<Schema> {
        let members = self.object(value, at)?;
        let name = self.type_name(members, at)?;
        let kind = match &name[..] {
            "boolean" => {
                let r#const = self.boolean(members, "const", at);
                let default = self.boolean(members, "default", at);
                Type::Boolean { r#const, default }
            }
            "integer" => Type::Integer(self.integer_type(members, at)),
            "string" => Type::String(self.string_type(members, at)),
            "bytes" => Type::Bytes(self.length(members, "minLength", "maxLength", at)),
            "cid-link" => Type::CidLink,
            "blob" => Type::Blob {
                accept: self.strings(members, "accept", at).unwrap_or_default(),
                max_size: self.size(members, "maxSize", at),
            },
            "array" => {
                let items = self.required(members, "items", at)?;
                let items = self.schema(items, &at.join("items"))?;
                Type::Array {
                    items: Box::new(items),
                    length: self.length(members, "minLength", "maxLength", at),
                }
            }
            "object" => Type::Object(self.object_type(members, at)),
            "ref" => {
                let reference = self.required_string(members, "ref", at)?;
                self.reference(&reference, &at.join("ref"));
                Type::Ref(reference)
            }
            "union" => {
                self.required(members, "refs", at)?;
                let refs = self.strings(members, "refs", at)?;
                let closed = self.boolean(members, "closed", at).unwrap_or(false);
                for (index, reference) in refs.iter().enumerate() {
                    self.reference(reference, &at.join("refs").join(index));
                }
                if closed && refs.is_empty() {
                    let message = "a closed union without `refs` has no valid value";
                    self.fault(at, "empty-union", message);
                }
                Type::Union { refs, closed }
            }
            "unknown" => Type::Unknown,
            "number" | "float" => {
                let message =
                    "the data model has no floating-point numbers: expected an integer or a string";
                self.fault(&at.join("type"), "number-type", message);
                return None;
            }
            "token" | "record" | "query" | "procedure" | "subscription" | "permission-set"
            | "space" | "params" | "permission" => {
                let message = format!("expected a type of data: `{name}` cannot stand here");
                self.fault(&at.join("type"), "unknown-type", message);
                return None;
            }
            other => {
                let message = format!("expected a type of the Lexicon language, found `{other}`");
                self.fault(&at.join("type"), "unknown-type", message);
                return None;
            }
        };
        Some(Schema {
            description: self.string(members, "description", at),
            pointer: at.clone(),
            kind,
        })
    }

    pub(super) fn object_type(&mut self, members: &Members, at: &Pointer) -> Object {
        let required = self.strings(members, "required", at).unwrap_or_default();
        let nullable = self.strings(members, "nullable", at).unwrap_or_default();
        let properties = self.members(members, "properties", at);
        let unconstrained = properties.is_none();
        let properties = properties.unwrap_or_default();
        let below = at.join("properties");
        for (list, key) in [(&required, "required"), (&nullable, "nullable")] {
            for (index, name) in list.iter().enumerate() {
                if !properties.contains_key(name) {
                    let at = at.join(key).join(index);
                    self.fault(
                        &at,
                        "no-such-property",
                        format!("`{name}` is not a property"),
                    );
                }
            }
        }
        let mut ranks = HashMap::new();
        for (rank, name) in required.iter().enumerate() {
            ranks.entry(name).or_insert(rank);
        }
        let nullable: HashSet<_> = nullable.iter().collect();
        let mut properties: Vec<_> = properties
            .iter()
            .filter_map(|(name, value)| {
                if self.reserved(name, value, &below) {
                    return None;
                }
                Some(Property {
                    name: name.clone(),
                    required: ranks.contains_key(name),
                    nullable: nullable.contains(name),
                    schema: self.schema(value, &below.join(name))?,
                })
            })
            .collect();
        // By name already, and the sort is stable.
        properties.sort_by_key(|property| *ranks.get(&property.name).unwrap_or(&usize::MAX));
        Object {
            properties,
            unconstrained,
        }
    }

    /// Reports a name that the data model reserves, unless the property says what holds anyway: that
    /// `$type` is the name of this type.
    fn reserved(&mut self, name: &str, value: &Value, at: &Pointer) -> bool {
        if name.is_empty() {
            self.fault(&at.join(""), "property-name", "expected a name");
        }
        if !name.starts_with('$') {
            return false;
        }
        let before = self.found.len();
        let schema = self.schema(value, &at.join(name));
        let says_the_same = schema.is_some_and(|schema| {
            let name = Value::from(&self.type_name[..]);
            matches!(schema.kind, Type::String(_)) && validate::scalar(&schema.kind, &name).is_ok()
        });
        if name == "$type" && says_the_same {
            self.type_properties.push(at.join(name));
        } else if self.found.len() == before {
            let message = format!(
                "names with `$` are the data model's; only `$type` may be declared, as a string \
                 that can be `{}`",
                self.type_name
            );
            self.fault(&at.join(name), "reserved-property", message);
        }
        true
    }

    fn reference(&mut self, reference: &str, at: &Pointer) {
        let (nsid, name) = reference.split_once('#').unwrap_or((reference, "main"));
        let is_local = nsid.is_empty() && reference.starts_with('#');
        if name.is_empty() || !(is_local || Nsid::parse(nsid).is_ok()) {
            let message = format!("expected `#name`, an NSID or both, found `{reference}`");
            self.fault(at, "ref-syntax", message);
        }
    }

    fn length(&mut self, members: &Members, min: &str, max: &str, at: &Pointer) -> Length {
        Length {
            min: self.size(members, min, at),
            max: self.size(members, max, at),
        }
    }

    fn integer_type(&mut self, members: &Members, at: &Pointer) -> Integer {
        Integer {
            minimum: self.integer(members, "minimum", at),
            maximum: self.integer(members, "maximum", at),
            r#enum: self.integers(members, "enum", at),
            r#const: self.integer(members, "const", at),
            default: self.integer(members, "default", at),
        }
    }

    fn string_type(&mut self, members: &Members, at: &Pointer) -> StringType {
        let format = self.string(members, "format", at);
        let format = format.and_then(|name| {
            let format = Format::from_name(&name);
            if format.is_none() {
                let message = format!("expected a string format, found `{name}`");
                self.fault(&at.join("format"), "unknown-format", message);
            }
            format
        });
        StringType {
            bytes: self.length(members, "minLength", "maxLength", at),
            graphemes: self.length(members, "minGraphemes", "maxGraphemes", at),
            format,
            r#enum: self.strings(members, "enum", at),
            known_values: self.strings(members, "knownValues", at).unwrap_or_default(),
            r#const: self.string(members, "const", at),
            default: self.string(members, "default", at),
        }
    }
}
