//! Sample values of a schema, for tests of checks and types. A seed always gives the same values.

use lexicon_runtime::{Format, Value};
use serde_json::{Map, json};

use crate::catalog::{Catalog, DefRef};
use crate::model::{
    DefKind, Document, Integer, Length, Object, Property, Schema, StringType, Type,
};
use crate::validate::Part;

/// The depth to which optional members and elements are generated.
const DEPTH: usize = 4;
/// The depth at which a schema is taken to contain itself without end, and to have no finite value.
const BOTTOM: usize = 40;

/// The largest integer of the data model in JSON: 2^53 - 1.
const LARGEST: i64 = (1 << 53) - 1;

const CID: &str = "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";

/// A CID of raw bytes.
const BLOB: &str = "bafkreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";

/// Generates sample values.
#[derive(Debug)]
pub struct Sampler<'c> {
    catalog: &'c Catalog,
    state: u64,
}

impl<'c> Sampler<'c> {
    /// Creates a sampler with a seed.
    pub fn new(catalog: &'c Catalog, seed: u64) -> Self {
        Self {
            catalog,
            // Xorshift stands still at zero.
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// A valid value of a definition, or of a part of a method; `None` if there is no schema, or no valid
    /// value of finite size.
    pub fn part(&mut self, nsid: &str, def: &str, part: Option<Part>) -> Option<Value> {
        let document = self.catalog.get(nsid)?;
        let target = self.catalog.resolve(document, &format!("#{def}"))?;
        let (params, schema) = match (&target.def.kind, part) {
            (DefKind::Method(method), Some(part)) => {
                let body = match part {
                    Part::Input => &method.input,
                    Part::Output => &method.output,
                    _ => &None,
                };
                let schema = body.as_ref().and_then(|body| body.schema.as_ref());
                (method.params.as_ref(), schema)
            }
            (DefKind::Subscription(subscription), Some(_)) => {
                (subscription.params.as_ref(), subscription.message.as_ref())
            }
            (DefKind::Method(_) | DefKind::Subscription(_), None) => return None,
            _ => return self.target(&target, 0),
        };
        match part {
            Some(Part::Params) => self.members(document, params?, 0).map(Value::Object),
            _ => self.any(document, schema?, 0),
        }
    }

    /// The value with one change: a member or element is removed, added, repeated or given another type, or a
    /// text or number becomes longer or larger. Some of the changes leave the data model.
    pub fn broken(&mut self, value: &Value) -> Value {
        let deeper = self.chance(3, 4);
        match value {
            Value::Array(items) if deeper && !items.is_empty() => {
                let mut items = items.clone();
                let index = self.below(items.len() as u64) as usize;
                items[index] = self.broken(&items[index]);
                Value::Array(items)
            }
            Value::Object(members) if deeper && !members.is_empty() => {
                let mut members = members.clone();
                let index = self.below(members.len() as u64) as usize;
                if let Some(member) = members.values_mut().nth(index) {
                    *member = self.broken(member);
                }
                Value::Object(members)
            }
            value => self.other(value),
        }
    }

    fn other(&mut self, value: &Value) -> Value {
        match (value, self.below(3)) {
            (Value::Object(members), 0) if !members.is_empty() => {
                let mut members = members.clone();
                let index = self.below(members.len() as u64) as usize;
                let key = members.keys().nth(index).cloned().unwrap_or_default();
                members.remove(&key);
                Value::Object(members)
            }
            (Value::Object(members), 1) => {
                let mut members = members.clone();
                let name = ["$type", "$link", "undeclared"][self.below(3) as usize];
                members.insert(name.to_owned(), self.foreign());
                Value::Object(members)
            }
            (Value::Array(items), 0) => {
                Value::Array([&items[..], &items[..], &[json!(null)]].concat())
            }
            (Value::String(text), 0) => json!(text.repeat(2) + "\u{1f511}"),
            (Value::String(_), 1) => json!(""),
            (Value::Number(number), 0) => {
                json!(number.as_i64().unwrap_or(0).wrapping_mul(1_000_003))
            }
            // The same number, written as a fraction.
            (Value::Number(number), 1) => json!(number.as_f64()),
            (Value::Bool(only), 0) => json!(!only),
            _ => self.foreign(),
        }
    }

    /// A value that a schema rarely asks for.
    fn foreign(&mut self) -> Value {
        match self.below(11) {
            0 => json!(null),
            1 => json!(true),
            2 => json!(-7),
            3 => json!(1.5),
            4 => json!("com.example.other#name"),
            5 => json!([]),
            6 => json!({}),
            7 => json!(u64::MAX),
            8 => json!({ "kept": [{ "$bytes": 1 }, { "$link": "x" }] }),
            9 => json!({ "$type": "", "n": 2.0 }),
            _ => json!({ "$type": "blob", "size": -1 }),
        }
    }

    fn target(&mut self, target: &DefRef<'c>, depth: usize) -> Option<Value> {
        match &target.def.kind {
            DefKind::Record(record) => {
                let members = self.members(target.document, &record.object, depth)?;
                Some(typed(members, target.type_name()))
            }
            DefKind::Type(schema) => self.any(target.document, schema, depth),
            DefKind::Token => Some(json!(target.type_name())),
            _ => None,
        }
    }

    fn any(&mut self, document: &'c Document, schema: &'c Schema, depth: usize) -> Option<Value> {
        if depth > BOTTOM {
            return None;
        }
        Some(match &schema.kind {
            Type::Boolean { r#const, .. } => json!(r#const.unwrap_or_else(|| self.chance(1, 2))),
            Type::Integer(integer) => json!(self.integer(integer)?),
            Type::String(string) => json!(self.string(string)?),
            Type::Bytes(length) => {
                let length = self.length(length, 8)?;
                let bytes = (0..length).map(|_| self.below(256) as u8).collect();
                json!(lexicon_runtime::Bytes(bytes))
            }
            Type::CidLink => json!({ "$link": CID }),
            Type::Blob { accept, max_size } => self.blob(accept, *max_size),
            Type::Array { items, length } => {
                let spread = if depth < DEPTH { 2 } else { 0 };
                let count = self.length(length, spread)?;
                let items: Option<Vec<_>> = (0..count)
                    .map(|_| self.any(document, items, depth + 1))
                    .collect();
                Value::Array(items?)
            }
            Type::Object(object) if object.unconstrained => {
                json!({ "free": [1, { "form": true }] })
            }
            Type::Object(object) => Value::Object(self.members(document, object, depth)?),
            Type::Ref(reference) => {
                let target = self.catalog.resolve(document, reference)?;
                self.target(&target, depth + 1)?
            }
            Type::Union { refs, closed } => self.union(document, refs, *closed, depth)?,
            Type::Unknown => json!({ "any": "thing", "$type": "com.example.other" }),
        })
    }

    fn members(
        &mut self,
        document: &'c Document,
        object: &'c Object,
        depth: usize,
    ) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        for Property {
            name,
            required,
            nullable,
            schema,
        } in &object.properties
        {
            let wanted = *required || (depth < DEPTH && self.chance(1, 2));
            if !wanted {
                continue;
            }
            if *nullable && self.chance(1, 3) {
                members.insert(name.clone(), Value::Null);
                continue;
            }
            match self.any(document, schema, depth + 1) {
                Some(value) => members.insert(name.clone(), value),
                None if *nullable => members.insert(name.clone(), Value::Null),
                None if *required => return None,
                None => continue,
            };
        }
        Some(members)
    }

    fn union(
        &mut self,
        document: &'c Document,
        refs: &'c [String],
        closed: bool,
        depth: usize,
    ) -> Option<Value> {
        let other = || Some(json!({ "$type": "com.example.other#thing", "kept": [1] }));
        if refs.is_empty() || (!closed && self.chance(1, 6)) {
            return if closed { None } else { other() };
        }
        let start = self.below(refs.len() as u64) as usize;
        // A variant without a finite value makes way for the next.
        for step in 0..refs.len() {
            let target = self
                .catalog
                .resolve(document, &refs[(start + step) % refs.len()])?;
            if !target.is_object() {
                return Some(typed(Map::new(), target.type_name()));
            }
            if let Some(Value::Object(members)) = self.target(&target, depth + 1) {
                return Some(typed(members, target.type_name()));
            }
        }
        if closed { None } else { other() }
    }

    fn integer(&mut self, integer: &Integer) -> Option<i64> {
        if let Some(only) = integer.r#const {
            return Some(only);
        }
        if let Some(values) = integer.r#enum.as_ref().filter(|values| !values.is_empty()) {
            return Some(values[self.below(values.len() as u64) as usize]);
        }
        let low = integer
            .minimum
            .unwrap_or(integer.maximum.unwrap_or(0).min(0).saturating_sub(5))
            .max(-LARGEST);
        let high = integer.maximum.unwrap_or(low.saturating_add(1000));
        let high = high.min(LARGEST);
        if high < low {
            return None;
        }
        Some(match self.below(4) {
            0 => low,
            1 => high,
            _ => low + self.below(high.abs_diff(low).saturating_add(1)) as i64,
        })
    }

    fn string(&mut self, string: &StringType) -> Option<String> {
        if let Some(only) = &string.r#const {
            return Some(only.clone());
        }
        if let Some(values) = string.r#enum.as_ref().filter(|values| !values.is_empty()) {
            return Some(values[self.below(values.len() as u64) as usize].clone());
        }
        if let Some(format) = string.format {
            return Some(text_of(format).to_owned());
        }
        let least = string
            .bytes
            .min
            .unwrap_or(0)
            .max(string.graphemes.min.unwrap_or(0));
        let most = string
            .bytes
            .max
            .unwrap_or(u64::MAX)
            .min(string.graphemes.max.unwrap_or(u64::MAX));
        let length = self.length(
            &Length {
                min: Some(least),
                max: Some(most),
            },
            12,
        )?;
        let text: String = (0..length)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect();
        // Two bytes and one grapheme in place of two letters, where nothing stands against it.
        let shorter = string.graphemes.min.unwrap_or(0) < length;
        match text.strip_prefix(|_: char| shorter && length > 1) {
            Some(rest) => Some(format!("\u{e9}{}", &rest[1..])),
            None => Some(text),
        }
    }

    fn length(&mut self, length: &Length, spread: u64) -> Option<u64> {
        let low = length.min.unwrap_or(0);
        let high = low
            .saturating_add(spread)
            .min(length.max.unwrap_or(u64::MAX));
        // A length that would fill the memory is not tried.
        (low <= high && low <= 100_000).then(|| low + self.below(high - low + 1))
    }

    fn blob(&mut self, accept: &[String], max_size: Option<u64>) -> Value {
        let glob = match accept {
            [] => "*/*",
            globs => &globs[self.below(globs.len() as u64) as usize],
        };
        let mime = match glob.strip_suffix("/*") {
            Some("*") => "text/plain".to_owned(),
            Some(kind) => format!("{kind}/x-sample"),
            None => glob.to_owned(),
        };
        let size = 1 + self.below(max_size.unwrap_or(1000).max(1));
        json!({ "$type": "blob", "ref": { "$link": BLOB }, "mimeType": mime, "size": size })
    }

    fn chance(&mut self, of: u64, among: u64) -> bool {
        self.below(among) < of
    }

    /// A number from 0 to `end` - 1.
    fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % end.max(1)
    }
}

fn typed(members: Map<String, Value>, name: String) -> Value {
    let mut all = Map::new();
    all.insert("$type".to_owned(), Value::String(name));
    all.extend(members.into_iter().filter(|(key, _)| key != "$type"));
    Value::Object(all)
}

/// A valid text of a format.
pub fn text_of(format: Format) -> &'static str {
    match format {
        Format::AtIdentifier | Format::Did => "did:plc:sample",
        Format::AtUri => "at://did:plc:sample/com.example.thing/self",
        Format::Cid => CID,
        Format::Datetime => "2030-01-31T23:59:59.000Z",
        Format::Handle => "alice.example.com",
        Format::Language => "pt-BR",
        Format::Nsid => "com.example.thing",
        Format::RecordKey => "self",
        Format::SpaceRef => "at://did:plc:sample/space/com.example.group/self",
        Format::Tid => "3kabcdefghij2",
        Format::Uri => "https://example.com/",
    }
}
