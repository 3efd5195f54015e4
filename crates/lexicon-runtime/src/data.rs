//! The types of the data model that JSON has no word for.
//! Source: <https://atproto.com/specs/data-model>.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::format::Format;

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
        decode_bytes(&Value::deserialize(deserializer)?)
            .map(Self)
            .ok_or_else(|| D::Error::custom("expected bytes: {\"$bytes\": base64 text}"))
    }
}

pub(crate) fn decode_bytes(v: &Value) -> Option<Vec<u8>> {
    let object = v.as_object().filter(|object| object.len() == 1)?;
    BASE64.decode(object.get("$bytes")?.as_str()?).ok()
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

/// The official writers put this where the size is not known.
const UNKNOWN_SIZE: i64 = -1;

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let size = self.size.map_or(json!(UNKNOWN_SIZE), |size| json!(size));
        json!({ "$type": "blob", "ref": self.r#ref, "mimeType": self.mime_type, "size": size })
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let view = read_blob(&value).ok_or_else(|| D::Error::custom("expected a blob"))?;
        Ok(Self {
            r#ref: CidLink {
                cid: view.cid.parse().map_err(D::Error::custom)?,
            },
            mime_type: view.mime_type.to_owned(),
            size: view.size,
        })
    }
}

pub(crate) struct BlobView<'v> {
    cid: &'v str,
    pub(crate) mime_type: &'v str,
    pub(crate) size: Option<u64>,
}

/// Reads both forms of a blob: today's, and `{cid, mimeType}`.
pub(crate) fn read_blob(v: &Value) -> Option<BlobView<'_>> {
    let object = v.as_object()?;
    let text = |key| object.get(key).and_then(Value::as_str);
    let mime_type = text("mimeType").filter(|mime| !mime.is_empty())?;
    let (cid, size) = match object.get("$type") {
        Some(kind) => {
            let size = match object.get("size")?.as_i64()? {
                UNKNOWN_SIZE => None,
                size => Some(u64::try_from(size).ok()?),
            };
            let link = object.get("ref")?.get("$link")?.as_str()?;
            (kind == "blob").then_some((link, size))?
        }
        None => (text("cid")?, None),
    };
    Format::Cid.is_valid(cid).then_some(BlobView {
        cid,
        mime_type,
        size,
    })
}

impl crate::Validate for Object {
    fn check(c: &mut crate::Checker, v: &Value) {
        c.unconstrained_object(v);
    }
}

impl crate::Validate for TypedObject {
    fn check(c: &mut crate::Checker, v: &Value) {
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

    /// The error of a closed union that does not list this type.
    pub fn not_in_union<E: serde::de::Error>(&self) -> E {
        E::custom("the $type is none of this closed union")
    }

    /// Reads it as the variant that its name stands for.
    ///
    /// # Errors
    /// The body is not of that type; the message begins with the type's name.
    pub fn into_variant<T: DeserializeOwned, E: serde::de::Error>(self) -> Result<T, E> {
        let name = self.type_name().to_owned();
        serde_json::from_value(Value::Object(self.members))
            .map_err(|error| E::custom(format_args!("in {name}: {error}")))
    }
}

impl<'de> Deserialize<'de> for TypedObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Object::deserialize(deserializer)?;
        match members.get("$type") {
            Some(Value::String(name)) if !name.is_empty() => Ok(Self { members }),
            _ => Err(D::Error::custom("expected an object with a $type")),
        }
    }
}

/// Writes a union's variant: its `$type`, then its members.
///
/// # Errors
/// Those of the serializer.
pub fn variant<T: Serialize, S: Serializer>(
    serializer: S,
    name: &'static str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Tagged<'a, T> {
        #[serde(rename = "$type")]
        name: &'static str,
        #[serde(flatten)]
        value: &'a T,
    }
    Tagged { name, value }.serialize(serializer)
}

/// For `Option<Option<T>>`: a member that is there is `Some`, and may be null.
///
/// # Errors
/// Those of the deserializer.
pub fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The members of a record that its schema does not name; `$type` is written by the record itself.
///
/// # Errors
/// Those of the deserializer.
pub fn extra<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    let mut members = Object::deserialize(deserializer)?;
    members.remove("$type");
    Ok(members)
}

/// For `#[serde(default = "...")]`.
pub fn default_integer<const VALUE: i64>() -> i64 {
    VALUE
}

/// For `#[serde(default = "...")]`.
pub fn default_bool<const VALUE: bool>() -> bool {
    VALUE
}
