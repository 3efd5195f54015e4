//! Whether this server's own pages made a browser send a request.
//! Source: Fetch Metadata Request Headers (W3C).

use http::HeaderMap;
use http::header::{CONTENT_TYPE, ORIGIN};

use crate::service_identity::ServiceIdentity;

/// Whether one of our own pages made the request, or a person directly.
pub(super) fn is_own_request(headers: &HeaderMap, identity: Option<&ServiceIdentity>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        // An older browser.
        None => header(ORIGIN.as_str())
            .zip(identity)
            .is_some_and(|(origin, identity)| identity.is_own_origin(origin)),
    }
}

/// The same, for a request with a JSON body that is authenticated by nothing but a cookie.
pub(super) fn is_own_json_request(headers: &HeaderMap, identity: Option<&ServiceIdentity>) -> bool {
    // A form of another site cannot send this type.
    let content_type = headers.get(CONTENT_TYPE);
    let is_json = content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("application/json")
        });
    is_json && is_own_request(headers, identity)
}
