//! DID documents: the handle, the data server, the signing key, and other services of an account.
//! Source: <https://atproto.com/specs/did#did-documents>.

use serde_json::Value;

use crate::did::Did;
use crate::handle::Handle;
use crate::verification_key::VerificationKey;

/// A DID document. Members of an unknown shape are skipped.
///
/// ```
/// use atproto_resolver::{Did, DidDocument};
///
/// let did = Did::parse("did:web:example.com")?;
/// let json = br##"{
///     "id": "did:web:example.com",
///     "alsoKnownAs": ["at://alice.example.com"],
///     "service": [{
///         "id": "#atproto_pds",
///         "type": "AtprotoPersonalDataServer",
///         "serviceEndpoint": "https://pds.example.com"
///     }]
/// }"##;
/// let document = DidDocument::parse(&did, json)?;
/// assert_eq!(document.handle().expect("a handle").as_str(), "alice.example.com");
/// assert_eq!(document.pds(), Some("https://pds.example.com"));
/// assert_eq!(document.signing_key(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidDocument {
    did: Did,
    also_known_as: Vec<String>,
    services: Vec<Service>,
    verification_methods: Vec<VerificationMethod>,
}

/// A service of a DID document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// The fragment that names it within the document, without `#`: `atproto_pds`.
    pub id: String,
    /// The type: `AtprotoPersonalDataServer`.
    pub kind: String,
    /// The endpoint, as written. It may be no URL.
    pub endpoint: String,
}

/// A verification method of a DID document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationMethod {
    /// The fragment that names it within the document, without `#`: `atproto`.
    pub id: String,
    /// The key. `None` if its type or encoding is unknown.
    pub key: Option<VerificationKey>,
}

/// The error for a text that is not the DID document of a DID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDidDocument {
    /// The text is not a JSON object.
    #[error("the DID document is not a JSON object")]
    NotJson,
    /// Its `id` is missing or another DID.
    #[error("the `id` of the DID document is another DID")]
    OtherId,
}

impl DidDocument {
    /// Reads the document of `did`.
    ///
    /// # Errors
    /// The text is not a JSON object, or its `id` is not `did`.
    pub fn parse(did: &Did, json: &[u8]) -> Result<Self, InvalidDidDocument> {
        let document: Value =
            serde_json::from_slice(json).map_err(|_| InvalidDidDocument::NotJson)?;
        if !document.is_object() {
            return Err(InvalidDidDocument::NotJson);
        }
        let id = text(&document, "id").and_then(|id| Did::parse(id).ok());
        if id.as_ref() != Some(did) {
            return Err(InvalidDidDocument::OtherId);
        }
        let names = items(&document, "alsoKnownAs").filter_map(Value::as_str);
        Ok(Self {
            also_known_as: names.map(str::to_owned).collect(),
            services: items(&document, "service")
                .filter_map(|service| read_service(did, service))
                .collect(),
            verification_methods: items(&document, "verificationMethod")
                .filter_map(|method| read_verification_method(did, method))
                .collect(),
            did: did.clone(),
        })
    }

    /// The DID.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The other names of the account, as written: `at://alice.example.com`.
    pub fn also_known_as(&self) -> &[String] {
        &self.also_known_as
    }

    /// The first handle among the other names. The document only claims it: see
    /// [`Resolver::verified_handle`](crate::Resolver::verified_handle).
    pub fn handle(&self) -> Option<Handle> {
        let names = self.also_known_as.iter();
        let mut handles = names.filter_map(|name| name.strip_prefix("at://"));
        handles.find_map(|text| Handle::parse(text).ok())
    }

    /// The services.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The endpoint of the first service with this fragment (without `#`) and this type.
    pub fn service(&self, id: &str, kind: &str) -> Option<&str> {
        let mut services = self.services.iter();
        let found = services.find(|service| service.id == id && service.kind == kind);
        found.map(|service| &service.endpoint[..])
    }

    /// The endpoint of the account's personal data server. It may be no URL: see
    /// [`HttpClient::parse_origin`](crate::HttpClient::parse_origin).
    pub fn pds(&self) -> Option<&str> {
        self.service("atproto_pds", "AtprotoPersonalDataServer")
    }

    /// The verification methods.
    pub fn verification_methods(&self) -> &[VerificationMethod] {
        &self.verification_methods
    }

    /// The key that signs for the account: that of the first verification method `#atproto`.
    pub fn signing_key(&self) -> Option<&VerificationKey> {
        let mut methods = self.verification_methods.iter();
        let found = methods.find(|method| method.id == "atproto")?;
        found.key.as_ref()
    }
}

fn read_service(did: &Did, service: &Value) -> Option<Service> {
    Some(Service {
        id: fragment(did, service)?,
        kind: text(service, "type")?.to_owned(),
        endpoint: text(service, "serviceEndpoint")?.to_owned(),
    })
}

fn read_verification_method(did: &Did, method: &Value) -> Option<VerificationMethod> {
    let kind = text(method, "type").unwrap_or_default();
    let multibase = text(method, "publicKeyMultibase").unwrap_or_default();
    Some(VerificationMethod {
        id: fragment(did, method)?,
        key: VerificationKey::parse(kind, multibase),
    })
}

/// Returns the fragment of an `id`, which is relative or begins with the document's DID.
fn fragment(did: &Did, item: &Value) -> Option<String> {
    let (base, fragment) = text(item, "id")?.split_once('#')?;
    let is_own = base.is_empty() || Did::parse(base).as_ref() == Ok(did);
    is_own.then(|| fragment.to_owned())
}

fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

fn items<'v>(object: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let items = object.get(name).and_then(Value::as_array);
    items.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(did: &str, document: &Value) -> Result<DidDocument, InvalidDidDocument> {
        DidDocument::parse(&Did::parse(did).unwrap(), document.to_string().as_bytes())
    }

    #[test]
    fn ids_are_compared_by_value() {
        let document = json!({
            "id": "did:web:Localhost%3a80",
            "service": [
                { "id": "did:web:localhost%3A80#a", "type": "T", "serviceEndpoint": "one" },
                { "id": "did:web:LOCALHOST%3a80#b", "type": "T", "serviceEndpoint": "two" },
                { "id": "did:web:localhost%3A81#c", "type": "T", "serviceEndpoint": "three" },
                { "id": "#d", "type": "T", "serviceEndpoint": "four" },
            ],
        });
        let document = parse("did:web:localhost%3A80", &document).unwrap();
        let ids: Vec<_> = document.services().iter().map(|one| &one.id[..]).collect();
        assert_eq!(ids, ["a", "b", "d"]);
        assert_eq!(document.service("b", "T"), Some("two"));
        assert_eq!(document.service("b", "U"), None);
    }

    #[test]
    fn unknown_shapes_are_skipped() {
        let document = json!({
            "id": "did:web:example.com",
            "alsoKnownAs": [1, "https://example.com", "at://no", "at://B.example.com", "at://c.example.com"],
            "service": [
                null,
                { "id": "#atproto_pds", "type": "Other", "serviceEndpoint": "one" },
                { "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": ["x"] },
                { "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "two" },
            ],
            "verificationMethod": [
                { "id": "#other", "type": "Multikey" },
                { "id": "#atproto", "type": "Unknown", "publicKeyMultibase": "z1" },
            ],
        });
        let document = parse("did:web:example.com", &document).unwrap();
        assert_eq!(document.handle().unwrap().as_str(), "b.example.com");
        assert_eq!(document.pds(), Some("two"));
        assert_eq!(document.verification_methods().len(), 2);
        assert_eq!(document.signing_key(), None);
        let empty = json!({ "id": "did:web:example.com", "service": {}, "alsoKnownAs": null });
        let empty = parse("did:web:example.com", &empty).unwrap();
        assert_eq!((empty.handle(), empty.pds()), (None, None));
    }

    #[test]
    fn documents_of_others() {
        for (document, error) in [
            (json!([]), InvalidDidDocument::NotJson),
            (json!("x"), InvalidDidDocument::NotJson),
            (json!({}), InvalidDidDocument::OtherId),
            (json!({ "id": 1 }), InvalidDidDocument::OtherId),
            (
                json!({ "id": "did:web:example.org" }),
                InvalidDidDocument::OtherId,
            ),
        ] {
            let parsed = parse("did:web:example.com", &document);
            assert_eq!(parsed.unwrap_err(), error);
        }
        let did = Did::parse("did:web:example.com").unwrap();
        let parsed = DidDocument::parse(&did, b"<html>");
        assert_eq!(parsed.unwrap_err(), InvalidDidDocument::NotJson);
    }
}
