//! The document model: parsed lexicons, in which references are still names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lexicon_runtime::{Format, Nsid, ParamKind};

use crate::diagnostic::Pointer;

/// A lexicon document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Document {
    /// The NSID.
    pub nsid: Nsid,
    /// The description.
    pub description: Option<String>,
    /// The definitions by name, `main` among them.
    pub defs: BTreeMap<String, Def>,
    /// The file that it was read from.
    pub file: PathBuf,
    /// The properties `$type` that say what holds anyway, and are left out of the objects.
    pub(crate) type_properties: Vec<Pointer>,
    /// The text that was read, byte for byte, without a byte order mark.
    pub source: String,
}

/// A definition.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Def {
    /// The description.
    pub description: Option<String>,
    /// The place in its document.
    pub pointer: Pointer,
    /// The kind of the definition.
    pub kind: DefKind,
}

/// The kinds of definitions. A new kind is a breaking change of this crate, so that no generator misses it.
#[derive(Clone, Debug)]
pub enum DefKind {
    /// A record of a repository.
    Record(Record),
    /// A query or a procedure.
    Method(Box<Method>),
    /// A stream of events.
    Subscription(Box<Subscription>),
    /// A permission set.
    PermissionSet(PermissionSet),
    /// A type of spaces, after a draft of the protocol.
    Space(Space),
    /// A token: a name without a value.
    Token,
    /// A type of data.
    Type(Schema),
}

/// A record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// The kind of the record key: `tid`, `any`, `nsid`, `literal:self`.
    pub key: String,
    /// The members.
    pub object: Object,
}

/// A query or a procedure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Method {
    /// Whether the method is a procedure rather than a query.
    pub procedure: bool,
    /// The query parameters.
    pub params: Option<Object>,
    /// The body of the request.
    pub input: Option<Body>,
    /// The body of the response.
    pub output: Option<Body>,
    /// The declared errors.
    pub errors: Vec<ErrorDef>,
}

/// A subscription.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subscription {
    /// The query parameters.
    pub params: Option<Object>,
    /// The messages: a union.
    pub message: Option<Schema>,
    /// The declared errors.
    pub errors: Vec<ErrorDef>,
}

/// A permission set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PermissionSet {
    /// The title.
    pub title: Option<String>,
    /// The details.
    pub detail: Option<String>,
    /// The permissions, as JSON.
    pub permissions: Vec<serde_json::Value>,
}

/// A type of spaces: permissioned repositories, as a draft of the protocol describes them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Space {
    /// The kind of the space key: `any`, `nsid`, `tid`, `literal:self`.
    pub key: String,
    /// The name, which people see.
    pub name: String,
    /// The types of the records in a space.
    pub collections: Vec<Nsid>,
}

/// A body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Body {
    /// The media type, or a glob.
    pub encoding: String,
    /// The description.
    pub description: Option<String>,
    /// The schema, for JSON.
    pub schema: Option<Schema>,
}

/// A declared error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorDef {
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
}

/// A type of data at one place of a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Schema {
    /// The description.
    pub description: Option<String>,
    /// The place in its document.
    pub pointer: Pointer,
    /// The type.
    pub kind: Type,
}

/// The types of data. A new type is a breaking change of this crate, so that no generator misses it.
#[derive(Clone, Debug)]
pub enum Type {
    /// `boolean`
    Boolean {
        /// The only valid value.
        r#const: Option<bool>,
        /// The default.
        default: Option<bool>,
    },
    /// `integer`
    Integer(Integer),
    /// `string`
    String(StringType),
    /// `bytes`
    Bytes(Length),
    /// `cid-link`
    CidLink,
    /// `blob`
    Blob {
        /// The accepted media types, or globs.
        accept: Vec<String>,
        /// The largest size in bytes.
        max_size: Option<u64>,
    },
    /// `array`
    Array {
        /// The type of the elements.
        items: Box<Schema>,
        /// The number of elements.
        length: Length,
    },
    /// `object`
    Object(Object),
    /// `ref`: the reference as written.
    Ref(String),
    /// `union`
    Union {
        /// The references as written.
        refs: Vec<String>,
        /// Whether other types are invalid.
        closed: bool,
    },
    /// `unknown`: any object.
    Unknown,
}

/// A length with bounds, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Length {
    /// The smallest length.
    pub min: Option<u64>,
    /// The largest length.
    pub max: Option<u64>,
}

/// The members of an object, or the parameters of a method.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Object {
    /// The members: required ones first, in the order of `required`, then by name.
    pub properties: Vec<Property>,
    /// Whether the schema has no `properties`: any object is valid.
    pub unconstrained: bool,
}

/// A member of an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Property {
    /// The name in JSON.
    pub name: String,
    /// Whether the member is required.
    pub required: bool,
    /// Whether the member may be null.
    pub nullable: bool,
    /// The type.
    pub schema: Schema,
}

/// An integer with its constraints.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Integer {
    /// The smallest value.
    pub minimum: Option<i64>,
    /// The largest value.
    pub maximum: Option<i64>,
    /// The valid values, if the schema lists them.
    pub r#enum: Option<Vec<i64>>,
    /// The only valid value.
    pub r#const: Option<i64>,
    /// The default.
    pub default: Option<i64>,
}

/// A string with its constraints.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StringType {
    /// The length in UTF-8 bytes.
    pub bytes: Length,
    /// The length in grapheme clusters.
    pub graphemes: Length,
    /// The format.
    pub format: Option<Format>,
    /// The valid values, if the schema lists them.
    pub r#enum: Option<Vec<String>>,
    /// Known values; other values are valid too.
    pub known_values: Vec<String>,
    /// The only valid value.
    pub r#const: Option<String>,
    /// The default.
    pub default: Option<String>,
}

impl Type {
    /// The name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Boolean { .. } => "boolean",
            Self::Integer(_) => "integer",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::CidLink => "cid-link",
            Self::Blob { .. } => "blob",
            Self::Array { .. } => "array",
            Self::Object(_) => "object",
            Self::Ref(_) => "ref",
            Self::Union { .. } => "union",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of query parameter that this type is, if it can be one.
    pub fn param_kind(&self) -> Option<ParamKind> {
        match self {
            Self::Boolean { .. } => Some(ParamKind::Boolean),
            Self::Integer(_) => Some(ParamKind::Integer),
            Self::String(_) => Some(ParamKind::String),
            _ => None,
        }
    }
}
