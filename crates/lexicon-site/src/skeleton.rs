//! Values to begin with: small ones that a schema allows, for people to edit.

use lexicon_runtime::{Bytes, Value};
use lexicon_schema::Catalog;
use lexicon_schema::catalog::DefRef;
use lexicon_schema::model::{DefKind, Document, Integer, Length, Object, Schema, StringType, Type};
use lexicon_schema::sample;
use serde_json::{Map, json};

/// The depth to which optional members are written, if they are.
const DEPTH: usize = 2;
/// The depth at which a schema is taken to contain itself without end.
const BOTTOM: usize = 20;
/// The longest text, and the most bytes and elements: a value that needs more is not written.
const MAX_LENGTH: u64 = 1_000;

const CID: &str = "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";
/// A CID of raw bytes.
const BLOB: &str = "bafkreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";

/// Which members a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    Required,
    All,
}

/// A small valid value of a schema; none if there is no finite one, or only large ones.
pub(crate) fn skeleton(
    catalog: &Catalog,
    document: &Document,
    schema: &Schema,
    members: Members,
) -> Option<Value> {
    let writer = Writer { catalog, members };
    writer.schema(document, schema, 0)
}

struct Writer<'c> {
    catalog: &'c Catalog,
    members: Members,
}

impl Writer<'_> {
    fn schema(&self, document: &Document, schema: &Schema, depth: usize) -> Option<Value> {
        if depth > BOTTOM {
            return None;
        }
        Some(match &schema.kind {
            Type::Boolean { r#const, default } => json!(r#const.or(*default).unwrap_or_default()),
            Type::Integer(integer) => json!(number(integer)),
            Type::String(string) => json!(text(string)?),
            Type::Bytes(length) => {
                let length = usize::try_from(count(*length, 0)?).ok()?;
                json!(Bytes(vec![0; length]))
            }
            Type::CidLink => json!({ "$link": CID }),
            Type::Blob { accept, .. } => blob(accept),
            Type::Array { items, length } => {
                let wanted = u64::from(depth <= DEPTH);
                let element = self.schema(document, items, depth + 1);
                match count(*length, wanted)? {
                    0 => json!([]),
                    _ if element.is_none() && length.min.is_none() => json!([]),
                    count => vec![element?; usize::try_from(count).ok()?].into(),
                }
            }
            Type::Object(object) => self.object(document, object, depth)?.into(),
            Type::Ref(reference) => {
                let target = self.catalog.resolve(document, reference)?;
                self.target(&target, depth + 1)?
            }
            Type::Union { refs, closed } => self.union(document, refs, *closed, depth)?,
            Type::Unknown => json!({}),
        })
    }

    fn object(
        &self,
        document: &Document,
        object: &Object,
        depth: usize,
    ) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        for property in &object.properties {
            let is_wanted = self.members == Members::All && depth < DEPTH;
            if !property.required && !is_wanted {
                continue;
            }
            let value = match self.schema(document, &property.schema, depth + 1) {
                None if property.nullable => Value::Null,
                None if property.required => return None,
                None => continue,
                Some(value) => value,
            };
            members.insert(property.name.clone(), value);
        }
        Some(members)
    }

    fn target(&self, target: &DefRef<'_>, depth: usize) -> Option<Value> {
        match &target.def.kind {
            DefKind::Record(record) => {
                let members = self.object(target.document, &record.object, depth)?;
                Some(typed(members, target.type_name()))
            }
            DefKind::Type(schema) => self.schema(target.document, schema, depth),
            DefKind::Token => Some(json!(target.type_name())),
            _ => None,
        }
    }

    fn union(
        &self,
        document: &Document,
        refs: &[String],
        closed: bool,
        depth: usize,
    ) -> Option<Value> {
        let mut targets = refs
            .iter()
            .filter_map(|reference| self.catalog.resolve(document, reference));
        let first = targets.find_map(|target| {
            let members = match target.is_object() {
                true => self.target(&target, depth + 1)?.as_object()?.clone(),
                false => Map::new(),
            };
            Some(typed(members, target.type_name()))
        });
        let other = || typed(Map::new(), "com.example.thing".to_owned());
        first.or_else(|| (!closed).then(other))
    }
}

fn number(integer: &Integer) -> i64 {
    let first = integer.r#enum.as_ref().and_then(|values| values.first());
    let given = integer.r#const.or(integer.default);
    let low = integer.minimum.unwrap_or(i64::MIN);
    let high = integer.maximum.unwrap_or(i64::MAX);
    // A schema may have bounds that no number is within: the check reports it.
    let within = 1.max(low).min(high);
    given.or(first.copied()).unwrap_or(within)
}

fn text(string: &StringType) -> Option<String> {
    let values = string.r#enum.as_ref().and_then(|values| values.first());
    let given = string.r#const.as_ref().or(string.default.as_ref());
    if let Some(given) = given.or(values).or(string.known_values.first()) {
        return Some(given.clone());
    }
    if let Some(format) = string.format {
        return Some(sample::text_of(format).to_owned());
    }
    let Length { min, max, .. } = string.bytes;
    let (least, most) = (string.graphemes.min, string.graphemes.max);
    let low = min.unwrap_or_default().max(least.unwrap_or_default());
    let high = max.unwrap_or(u64::MAX).min(most.unwrap_or(u64::MAX));
    const WORD: &str = "text";
    let length = (WORD.len() as u64).max(low).min(high);
    if length > MAX_LENGTH {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    Some(WORD.chars().cycle().take(length).collect())
}

/// A number of bytes or elements.
fn count(length: Length, wanted: u64) -> Option<u64> {
    let count = wanted.max(length.min.unwrap_or_default());
    let count = count.min(length.max.unwrap_or(u64::MAX));
    (count <= MAX_LENGTH).then_some(count)
}

fn blob(accept: &[String]) -> Value {
    let glob = accept.first().map_or("*/*", |first| &first[..]);
    let media_type = match glob.strip_suffix("/*") {
        Some("*") => "text/plain".to_owned(),
        Some("image") => "image/png".to_owned(),
        Some("video") => "video/mp4".to_owned(),
        Some(kind) => format!("{kind}/x-sample"),
        None => glob.to_owned(),
    };
    json!({ "$type": "blob", "ref": { "$link": BLOB }, "mimeType": media_type, "size": 1 })
}

fn typed(members: Map<String, Value>, name: String) -> Value {
    let mut members = members;
    members.insert("$type".to_owned(), Value::String(name));
    Value::Object(members)
}
