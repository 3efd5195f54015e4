//! A lexicon document, as the language defines it: parsed, its references still names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lexicon_runtime::{Format, Nsid, ParamKind};

use crate::diagnostic::Pointer;

/// One document: one file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its NSID.
    pub nsid: Nsid,
    /// What it says of itself.
    pub description: Option<String>,
    /// Its definitions by name; `main` among them.
    pub defs: BTreeMap<String, Def>,
    /// Where it was read from.
    pub file: PathBuf,
    /// The text that was read, byte for byte.
    pub source: String,
}

/// A definition.
#[derive(Clone, Debug)]
pub struct Def {
    /// What it says of itself.
    pub description: Option<String>,
    /// Where it stands in its document.
    pub pointer: Pointer,
    /// What it defines.
    pub kind: DefKind,
}

/// What a definition can be.
#[derive(Clone, Debug)]
pub enum DefKind {
    /// A record of a repository.
    Record(Record),
    /// A query or a procedure.
    Method(Box<Method>),
    /// A stream of events.
    Subscription(Box<Subscription>),
    /// A set of permissions to ask for.
    PermissionSet(PermissionSet),
    /// A name that stands for itself.
    Token,
    /// A type of data.
    Type(Schema),
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// The kind of its record key: `tid`, `any`, `nsid`, `literal:self`.
    pub key: String,
    /// Its members.
    pub object: Object,
}

/// A query or a procedure.
#[derive(Clone, Debug)]
pub struct Method {
    /// Whether it is a procedure.
    pub procedure: bool,
    /// The query parameters.
    pub params: Option<Object>,
    /// The body that is sent.
    pub input: Option<Body>,
    /// The body that is answered.
    pub output: Option<Body>,
    /// The declared errors.
    pub errors: Vec<ErrorDef>,
}

/// A subscription.
#[derive(Clone, Debug)]
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
pub struct PermissionSet {
    /// Its title.
    pub title: Option<String>,
    /// What it is for.
    pub detail: Option<String>,
    /// The permissions, as they stand.
    pub permissions: Vec<serde_json::Value>,
}

/// A body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its content type, or a glob.
    pub encoding: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// Its shape, for JSON.
    pub schema: Option<Schema>,
}

/// A declared error.
#[derive(Clone, Debug)]
pub struct ErrorDef {
    /// Its name.
    pub name: String,
    /// When it is answered.
    pub description: Option<String>,
}

/// A type of data at one place of a document.
#[derive(Clone, Debug)]
pub struct Schema {
    /// What it says of itself.
    pub description: Option<String>,
    /// Where it stands in its document.
    pub pointer: Pointer,
    /// The type.
    pub kind: Type,
}

/// The types of data.
#[derive(Clone, Debug)]
pub enum Type {
    /// `boolean`
    Boolean {
        /// The only legal value.
        r#const: Option<bool>,
        /// The value where none is given.
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
        /// MIME types that are accepted, or globs.
        accept: Vec<String>,
        /// Largest size in bytes.
        max_size: Option<u64>,
    },
    /// `array`
    Array {
        /// The elements.
        items: Box<Schema>,
        /// How many.
        length: Length,
    },
    /// `object`
    Object(Object),
    /// `ref`: the reference as it is written.
    Ref(String),
    /// `union`
    Union {
        /// The references as they are written.
        refs: Vec<String>,
        /// Whether no other type is allowed.
        closed: bool,
    },
    /// `unknown`: any object.
    Unknown,
}

/// A length with bounds, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Smallest.
    pub min: Option<u64>,
    /// Largest.
    pub max: Option<u64>,
}

/// Members of an object, or parameters of a method.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// The members: required ones first, in the order of `required`, then by name.
    pub properties: Vec<Property>,
    /// Whether the document gives `properties` at all; one without is a unconstrained object.
    pub unconstrained: bool,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name in JSON.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Its type.
    pub schema: Schema,
}

/// An integer with its constraints.
#[derive(Clone, Debug, Default)]
pub struct Integer {
    /// Smallest value.
    pub minimum: Option<i64>,
    /// Largest value.
    pub maximum: Option<i64>,
    /// The legal values, if they are listed.
    pub r#enum: Option<Vec<i64>>,
    /// The only legal value.
    pub r#const: Option<i64>,
    /// The value where none is given.
    pub default: Option<i64>,
}

/// A string with its constraints.
#[derive(Clone, Debug, Default)]
pub struct StringType {
    /// Length in UTF-8 bytes.
    pub bytes: Length,
    /// Length in grapheme clusters.
    pub graphemes: Length,
    /// Its format.
    pub format: Option<Format>,
    /// The legal values, if they are listed.
    pub r#enum: Option<Vec<String>>,
    /// Values that are known; others are legal.
    pub known_values: Vec<String>,
    /// The only legal value.
    pub r#const: Option<String>,
    /// The value where none is given.
    pub default: Option<String>,
}

impl Type {
    /// Its name in the language.
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
