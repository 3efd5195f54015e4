//! References to services.

use std::fmt;

use lexicon_runtime::Format;

use super::nsids::ALL;

/// A service of a DID: the DID and the fragment of the service's id, `did:web:api.example.com#svc_appview`.
///
/// Two references are equal if their texts are equal. Their DIDs are assumed to be in the normal form, as those
/// of this server are (the host of a did:web in lower case): a DID that is written otherwise names no service
/// that is called, so that it grants nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceReference(Box<str>);

impl ServiceReference {
    /// What [`parse`](Self::parse) expects.
    pub(super) const EXPECTED: &str =
        "a DID with the fragment of a service, such as did:web:example.com%23service,";

    /// Parses a reference. The fragment is one of RFC 3986, section 3.5, and not empty.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (did, fragment) = text.split_once('#')?;
        let is_valid = Format::Did.is_valid(did) && is_fragment(fragment);
        is_valid.then(|| Self(text.into()))
    }

    /// Returns the DID, `#` and the fragment.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the DID.
    pub fn did(&self) -> &str {
        self.0.split_once('#').map_or("", |(did, _)| did)
    }

    /// Returns the fragment, without `#`.
    pub fn fragment(&self) -> &str {
        self.0.split_once('#').map_or("", |(_, fragment)| fragment)
    }
}

impl fmt::Debug for ServiceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn is_fragment(text: &str) -> bool {
    let mut parts = text.split('%');
    let is_legal =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte);
    let first_is_legal = parts.next().is_some_and(|part| part.bytes().all(is_legal));
    let is_encoded = |part: &str| {
        let digits = part.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.count() == 2 && part.bytes().all(is_legal)
    };
    !text.is_empty() && first_is_legal && parts.all(is_encoded)
}

/// The services that a permission applies to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// All services (`*`).
    Any,
    /// One service.
    Service(ServiceReference),
}

impl Audience {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            ALL => Some(Self::Any),
            text => ServiceReference::parse(text).map(Self::Service),
        }
    }

    /// Returns whether a service is among them. `*` stands for all services, which are not one service.
    pub fn contains(&self, service: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Service(one) => one.as_str() == service,
        }
    }

    /// Returns the text of the parameter `aud`, without percent-encoding.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => ALL,
            Self::Service(one) => one.as_str(),
        }
    }
}
