//! The headers that pass. Any other is dropped, both ways: credentials, cookies and who the client is stay here, and what
//! the upstream says of itself stays there.

use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};

use crate::route::Dialect;
use crate::upstream_key::UpstreamKey;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the upstream gets of the client's headers.
const TO_UPSTREAM: [HeaderName; 4] = [
    ACCEPT,
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("openai-beta"),
];

/// What the client gets of the upstream's headers.
const TO_CLIENT: [HeaderName; 4] = [
    CONTENT_TYPE,
    RETRY_AFTER,
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("x-should-retry"),
];

/// Returns what an upstream gets of a client's headers. The first one of a name counts.
pub(crate) fn from_client<'c>(client: impl Iterator<Item = (&'c str, &'c [u8])>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in client {
        let listed = TO_UPSTREAM
            .into_iter()
            .find(|listed| listed.as_str() == name);
        if let Some(listed) = listed
            && let Ok(value) = HeaderValue::from_bytes(value)
        {
            headers.entry(listed).or_insert(value);
        }
    }
    headers
}

/// Returns the headers of an answer of the gateway's own. No answer about a prompt or a key is cached.
pub(crate) fn of_own(content_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// Returns the headers of a request to an upstream, with those of the client that it gets. The answer has to come as it is, so no compression is offered.
pub(crate) fn to_upstream(
    from_client: &HeaderMap,
    request_id: Option<&str>,
    key: Option<&UpstreamKey>,
    dialect: Dialect,
) -> HeaderMap {
    let mut headers = from_client.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(key) = key {
        headers.insert(AUTHORIZATION, key.bearer());
        if dialect == Dialect::Anthropic {
            headers.insert(API_KEY, key.value());
        }
    }
    headers
}

/// Returns the headers of an answer to the client. No answer about a prompt is cached.
pub(crate) fn to_client(upstream: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(TO_CLIENT.len() + 1);
    for name in TO_CLIENT {
        if let Some(value) = upstream.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}
