//! Named definitions as named schemas.

use lexicon_schema::DefRef;
use lexicon_schema::model::DefKind;
use serde_json::{Map, Value, json};

use crate::components::{Components, Use};
use crate::literal::{constant, describe};
use crate::schema::{object, schema};

/// Writes the definitions that were referred to, and those that they refer to.
pub(crate) fn definitions(mut components: Components<'_>) -> Map<String, Value> {
    let mut written = Map::new();
    while let Some((name, target, r#use)) = components.next() {
        let definition = definition(&mut components, &target, r#use);
        written.insert(name, definition.into());
    }
    written
}

fn definition<'c>(
    components: &mut Components<'c>,
    target: &DefRef<'c>,
    r#use: Use,
) -> Map<String, Value> {
    let type_name = target.type_name();
    let mut written = match &target.def.kind {
        DefKind::Record(record) => {
            let mut written = object(components, target.document, &record.object);
            require_type(&mut written, &type_name);
            written.insert("x-lexicon-record-key".to_owned(), json!(record.key));
            written
        }
        DefKind::Type(kind) => {
            let mut written = schema(components, target.document, kind);
            if r#use == Use::Variant {
                require_type(&mut written, &type_name);
            }
            written
        }
        DefKind::Token => constant(&type_name),
        // Nothing refers to them.
        DefKind::Method(_)
        | DefKind::Subscription(_)
        | DefKind::PermissionSet(_)
        | DefKind::Space(_) => Map::new(),
    };
    describe(&mut written, target.def.description.as_deref());
    written
}

/// Adds the `$type` of an object.
fn require_type(schema: &mut Map<String, Value>, type_name: &str) {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    properties["$type"] = constant(type_name).into();
    let required = schema.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required
        && !required.contains(&"$type".into())
    {
        required.insert(0, "$type".into());
    }
}
