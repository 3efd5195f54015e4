//! The types of the data model that JSON has no word for.
//! Source: <https://atproto.com/specs/data-model>.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::shape::{Fields, FromNode, ShapeError};
use crate::tree::Node;

/// The members of a JSON object.
pub type Object = Map<String, Value>;

/// An object of any kind: the `unknown` of the Lexicon language.
pub type UnknownObject = Object;

/// The official readers take base64 with or without padding, and ignore left-over bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes, in JSON `{"$bytes": base64}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({ "$bytes": BASE64.encode(&self.0) }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Form<'t> {
            #[serde(rename = "$bytes", borrow)]
            base64: Cow<'t, str>,
        }
        let form = Form::deserialize(deserializer)?;
        decode_base64(&form.base64)
            .map(Self)
            .ok_or_else(|| D::Error::custom("expected base64 in $bytes"))
    }
}

pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// A link to a block by its CID, in JSON `{"$link": cid}`. Reading keeps any text; the check of
/// the body reports text that is no CID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CidLink {
    /// The CID, in its string form.
    #[serde(rename = "$link")]
    pub cid: crate::format::Cid,
}

/// A reference to a file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Blob {
    /// The content.
    pub r#ref: CidLink,
    /// The MIME type that the uploader declared.
    pub mime_type: String,
    /// Size in bytes; not known for a blob that was written in the old form.
    pub size: Option<u64>,
}

impl Blob {
    /// A blob of known size.
    pub fn new(r#ref: CidLink, mime_type: impl Into<String>, size: u64) -> Self {
        Self {
            r#ref,
            mime_type: mime_type.into(),
            size: Some(size),
        }
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            r#ref,
            mime_type,
            size,
        } = self;
        match size {
            Some(size) => {
                json!({ "$type": "blob", "ref": r#ref, "mimeType": mime_type, "size": size })
            }
            // It was read in the old form, and goes back as it came.
            None => json!({ "cid": r#ref.cid, "mimeType": mime_type }),
        }
        .serialize(serializer)
    }
}

/// Reads both forms: today's, and `{cid, mimeType}`. Some writers put -1 where the size is not known.
impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        form.blob()
            .ok_or_else(|| D::Error::custom("expected a blob"))
    }
}

/// The members of a blob in both forms.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'t> {
    #[serde(rename = "$type")]
    kind: Option<Cow<'t, str>>,
    r#ref: Option<CidLink>,
    cid: Option<crate::format::Cid>,
    mime_type: String,
    size: Option<i64>,
}

impl Form<'_> {
    fn blob(self) -> Option<Blob> {
        let (r#ref, size) = match (self.kind.as_deref(), self.r#ref, self.cid) {
            (Some("blob"), Some(link), _) => (link, self.size),
            (None, _, Some(cid)) => (CidLink { cid }, None),
            _ => return None,
        };
        Some(Blob {
            r#ref,
            mime_type: self.mime_type,
            size: size.and_then(|size| u64::try_from(size).ok()),
        })
    }
}

impl crate::Validate for Object {
    fn check(c: &mut crate::Checker, v: Node<'_>) {
        c.unconstrained_object(v);
    }
}

impl crate::Validate for TypedObject {
    fn check(c: &mut crate::Checker, v: Node<'_>) {
        c.variant(v);
    }
}

/// An object that names its own type: the member of a union that this build does not know,
/// with nothing lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TypedObject {
    members: Object,
}

impl TypedObject {
    const EXPECTED: &str = "an object with a $type";

    fn of(members: Object) -> Option<Self> {
        let name = members.get("$type").and_then(Value::as_str);
        let is_named = name.is_some_and(|name| !name.is_empty());
        is_named.then_some(Self { members })
    }

    /// The `$type`, without `#main`.
    pub fn type_name(&self) -> &str {
        let name = self.members.get("$type").and_then(Value::as_str);
        let name = name.unwrap_or_default();
        name.strip_suffix("#main").unwrap_or(name)
    }

    /// All members, `$type` among them.
    pub fn members(&self) -> &Object {
        &self.members
    }
}

impl<'de> Deserialize<'de> for TypedObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Object::deserialize(deserializer)?;
        Self::of(members)
            .ok_or_else(|| D::Error::custom(format_args!("expected {}", Self::EXPECTED)))
    }
}

/// A variant of a union that is known by its name alone.
impl crate::shape::Object for TypedObject {
    fn write<M: serde::ser::SerializeMap>(
        &self,
        o: &mut crate::shape::Writer<'_, M>,
    ) -> Result<(), M::Error> {
        // Its `$type` is written as that of a variant.
        let mut members = self.members().iter().filter(|(name, _)| *name != "$type");
        members.try_for_each(|(name, value)| o.member(name, value))
    }
}

impl FromNode for Bytes {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        v.read().map_err(ShapeError::of)
    }
}

impl FromNode for CidLink {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let cid = Fields::of(v, &[])?.required("$link")?;
        Ok(Self { cid })
    }
}

impl FromNode for Blob {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let mut o = Fields::of(v, &[])?;
        let form = Form {
            kind: o.text("$type")?,
            r#ref: o.optional("ref")?,
            mime_type: o.required("mimeType")?,
            size: o.optional("size")?,
            cid: o.optional("cid")?,
        };
        form.blob().ok_or_else(|| ShapeError::expected("a blob"))
    }
}

impl FromNode for TypedObject {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let members = FromNode::from_node(v)?;
        Self::of(members).ok_or_else(|| ShapeError::expected(Self::EXPECTED))
    }
}
