//! The types of the data model that JSON has no word for.
//! Source: <https://atproto.com/specs/data-model>.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

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
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Form {
            #[serde(rename = "$type")]
            kind: Option<String>,
            r#ref: Option<CidLink>,
            cid: Option<crate::format::Cid>,
            mime_type: String,
            size: Option<i64>,
        }
        let form = Form::deserialize(deserializer)?;
        let (r#ref, size) = match (form.kind.as_deref(), form.r#ref, form.cid) {
            (Some("blob"), Some(link), _) => (link, form.size),
            (None, _, Some(cid)) => (CidLink { cid }, None),
            _ => return Err(D::Error::custom("expected a blob")),
        };
        Ok(Self {
            r#ref,
            mime_type: form.mime_type,
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
