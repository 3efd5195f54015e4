//! Definitions as what a page shows of them: parts with tables.

use lexicon_schema::Catalog;
use lexicon_schema::model::{
    Body, Def, DefKind, Document, ErrorDef, Object, Property, Schema, Type,
};

use crate::library::def_kind;
use crate::links::{Links, anchor};
use crate::permission::allowed;
use crate::words::constraints;

/// The most rows that a table shows.
const MAX_ROWS: usize = 1_000;
/// The facts that are for people.
const PROSE: [&str; 3] = ["Title", "Detail", "Name"];
/// The most variants that are listed of a union.
const MAX_VARIANTS: usize = 200;

/// A definition.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) anchor: String,
    pub(crate) kind: &'static str,
    pub(crate) description: Option<String>,
    /// Facts of one line, such as the record key.
    pub(crate) facts: Vec<Fact>,
    pub(crate) parts: Vec<Part>,
}

/// A fact of one line.
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Whether the value is read by people: `code` otherwise.
    pub(crate) is_prose: bool,
}

/// Input, parameters, output, or what else a definition consists of.
pub(crate) struct Part {
    pub(crate) title: &'static str,
    /// What stands beside the title, such as a media type.
    pub(crate) detail: Option<String>,
    pub(crate) description: Option<String>,
    /// The type, if it has no members of its own.
    pub(crate) value: Option<Row>,
    pub(crate) table: Option<Table>,
    pub(crate) errors: Vec<ErrorDef>,
    /// Documents that it names.
    pub(crate) names: Vec<Link>,
    /// JSON, where the language has no more to say.
    pub(crate) json: Vec<String>,
}

/// The members of an object.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    /// How many rows are left out.
    pub(crate) omitted: usize,
}

impl Table {
    pub(crate) fn has_format(&self) -> bool {
        self.rows.iter().any(|row| row.format.is_some())
    }

    pub(crate) fn has_description(&self) -> bool {
        self.rows.iter().any(|row| row.description.is_some())
    }

    pub(crate) fn has_constraints(&self) -> bool {
        self.rows.iter().any(|row| !row.constraints.is_empty())
    }
}

/// A member of an object.
pub(crate) struct Row {
    /// The name, with those of the objects that it is in: `items[].name`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) format: Option<&'static str>,
    pub(crate) required: bool,
    pub(crate) constraints: Vec<String>,
    pub(crate) description: Option<String>,
}

/// A type in words, with links to the definitions that it names.
pub(crate) struct Kind {
    pub(crate) words: String,
    pub(crate) links: Vec<Link>,
}

/// The name of a definition, and its page if there is one.
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

/// Describes the definitions of one document.
pub(crate) struct Describer<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) document: &'a Document,
    pub(crate) links: &'a Links,
}

impl Describer<'_> {
    pub(crate) fn section(&self, name: &str, def: &Def) -> Section {
        let mut facts = Vec::new();
        let mut fact = |name, value: String| {
            let is_prose = PROSE.contains(&name);
            facts.push(Fact {
                name,
                value,
                is_prose,
            });
        };
        let parts = match &def.kind {
            DefKind::Record(record) => {
                fact("Record key", record.key.clone());
                vec![self.members("Properties", &record.object)]
            }
            DefKind::Method(method) => {
                let verb = if method.procedure { "POST" } else { "GET" };
                fact("Endpoint", format!("{verb} /xrpc/{}", self.document.nsid));
                let mut parts = Vec::new();
                parts.extend(self.params(method.params.as_ref()));
                parts.extend(self.body("Input", method.input.as_ref()));
                parts.extend(self.body("Output", method.output.as_ref()));
                parts.extend(errors(&method.errors));
                parts
            }
            DefKind::Subscription(subscription) => {
                fact(
                    "Endpoint",
                    format!("WebSocket /xrpc/{}", self.document.nsid),
                );
                let mut parts = Vec::new();
                parts.extend(self.params(subscription.params.as_ref()));
                let message = subscription.message.as_ref();
                parts.extend(message.map(|message| self.schema("Message", message)));
                parts.extend(errors(&subscription.errors));
                parts
            }
            DefKind::PermissionSet(set) => {
                set.title
                    .iter()
                    .for_each(|title| fact("Title", title.clone()));
                set.detail
                    .iter()
                    .for_each(|detail| fact("Detail", detail.clone()));
                let permissions = set.permissions.iter();
                permissions.map(|value| self.permission(value)).collect()
            }
            DefKind::Space(space) => {
                fact("Space key", space.key.clone());
                fact("Name", space.name.clone());
                let collections = space.collections.iter().map(ToString::to_string);
                let links = collections.map(|nsid| self.link(&nsid)).take(MAX_VARIANTS);
                vec![Part {
                    value: Some(row(Kind {
                        words: "records of".to_owned(),
                        links: links.collect(),
                    })),
                    ..part("Collections")
                }]
            }
            DefKind::Token => {
                fact("Value", type_name(self.document, name));
                Vec::new()
            }
            DefKind::Type(schema) => {
                let mut part = self.schema("Properties", schema);
                // It is that of the definition.
                part.description = None;
                if let Some(value) = &mut part.value {
                    value.description = None;
                }
                vec![part]
            }
        };
        Section {
            name: name.to_owned(),
            anchor: anchor(name),
            kind: def_kind(&def.kind),
            description: def.description.clone(),
            facts,
            parts,
        }
    }

    fn permission(&self, permission: &serde_json::Value) -> Part {
        let Some(allowed) = allowed(permission) else {
            return Part {
                json: vec![format!("{permission:#}")],
                ..part("Permission")
            };
        };
        let names = allowed.nsids.iter().take(MAX_ROWS);
        Part {
            description: Some(allowed.words),
            names: names.map(|nsid| self.link(nsid)).collect(),
            ..part("Permission")
        }
    }

    fn params(&self, params: Option<&Object>) -> Option<Part> {
        let params = params.filter(|params| !params.properties.is_empty())?;
        Some(self.members("Parameters", params))
    }

    fn body(&self, title: &'static str, body: Option<&Body>) -> Option<Part> {
        let body = body?;
        let mut part = match &body.schema {
            Some(schema) => self.schema(title, schema),
            None => part(title),
        };
        part.detail = Some(body.encoding.clone());
        part.description = body.description.clone().or(part.description);
        Some(part)
    }

    fn members(&self, title: &'static str, object: &Object) -> Part {
        let mut table = Table::default();
        self.rows("", object, &mut table);
        if table.rows.is_empty() {
            let words = "object without members that are described".to_owned();
            let links = Vec::new();
            return Part {
                value: Some(row(Kind { words, links })),
                ..part(title)
            };
        }
        Part {
            table: Some(table),
            ..part(title)
        }
    }

    fn schema(&self, title: &'static str, schema: &Schema) -> Part {
        match &schema.kind {
            Type::Object(object) if !object.properties.is_empty() => Part {
                description: schema.description.clone(),
                ..self.members(title, object)
            },
            _ => {
                let mut table = Table::default();
                self.nested("", schema, &mut table);
                let title = if title == "Properties" { "Type" } else { title };
                Part {
                    value: Some(self.row(String::new(), false, false, schema)),
                    table: Some(table).filter(|table| !table.rows.is_empty()),
                    ..part(title)
                }
            }
        }
    }

    /// Adds the members of an object, and those of objects in it.
    fn rows(&self, prefix: &str, object: &Object, table: &mut Table) {
        for property in &object.properties {
            let Property {
                name,
                required,
                nullable,
                schema,
                ..
            } = property;
            if table.rows.len() >= MAX_ROWS {
                table.omitted += 1;
                continue;
            }
            let name = format!("{prefix}{name}");
            table
                .rows
                .push(self.row(name.clone(), *required, *nullable, schema));
            self.nested(&name, schema, table);
        }
    }

    fn nested(&self, name: &str, schema: &Schema, table: &mut Table) {
        match &schema.kind {
            Type::Object(object) => self.rows(&format!("{name}."), object, table),
            Type::Array { items, .. } => self.nested(&format!("{name}[]"), items, table),
            _ => {}
        }
    }

    fn row(&self, name: String, required: bool, nullable: bool, schema: &Schema) -> Row {
        let null = nullable.then(|| "or null".to_owned());
        Row {
            name,
            kind: self.kind(&schema.kind),
            format: format(&schema.kind),
            required,
            constraints: constraints(&schema.kind).into_iter().chain(null).collect(),
            description: schema.description.clone(),
        }
    }

    fn kind(&self, kind: &Type) -> Kind {
        let links = |refs: &[String]| {
            let links = refs.iter().take(MAX_VARIANTS);
            links.map(|reference| self.link(reference)).collect()
        };
        match kind {
            Type::Array { items, .. } => {
                let Kind { words, links } = self.kind(&items.kind);
                let words = match &words[..] {
                    "" => "array of".to_owned(),
                    words => format!("array of {words}"),
                };
                Kind { words, links }
            }
            Type::Ref(reference) => Kind {
                words: String::new(),
                links: links(std::slice::from_ref(reference)),
            },
            Type::Union { refs, .. } => Kind {
                words: if refs.is_empty() { "union" } else { "union of" }.to_owned(),
                links: links(refs),
            },
            kind => Kind {
                words: kind.name().to_owned(),
                links: Vec::new(),
            },
        }
    }

    fn link(&self, reference: &str) -> Link {
        let target = self.catalog.resolve(self.document, reference);
        let href = target.map(|target| self.links.definition(target.document, target.name));
        Link {
            text: reference.to_owned(),
            href,
        }
    }
}

/// The name by which data refers to a definition.
pub(crate) fn type_name(document: &Document, name: &str) -> String {
    match name {
        "main" => document.nsid.to_string(),
        name => format!("{}#{name}", document.nsid),
    }
}

fn part(title: &'static str) -> Part {
    Part {
        title,
        detail: None,
        description: None,
        value: None,
        table: None,
        errors: Vec::new(),
        names: Vec::new(),
        json: Vec::new(),
    }
}

fn row(kind: Kind) -> Row {
    Row {
        name: String::new(),
        kind,
        format: None,
        required: false,
        constraints: Vec::new(),
        description: None,
    }
}

fn errors(errors: &[ErrorDef]) -> Option<Part> {
    (!errors.is_empty()).then(|| Part {
        errors: errors.to_vec(),
        ..part("Errors")
    })
}

/// The format of a string, or of the strings of an array.
fn format(kind: &Type) -> Option<&'static str> {
    match kind {
        Type::String(string) => string.format.map(|format| format.name()),
        Type::Array { items, .. } => format(&items.kind),
        _ => None,
    }
}
