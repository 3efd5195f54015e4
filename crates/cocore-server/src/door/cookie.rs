//! The cookie of a session, and whether a request that shows it was made by our own pages.
//! Source: RFC 6265bis, and Fetch Metadata Request Headers (W3C).

use actix_web::http::header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN};

use crate::identity::Identity;

/// How long browsers keep it, in seconds: as long as a session can last.
pub(super) const COOKIE_LIFE: u32 = 30 * 24 * 60 * 60;
/// How long browsers keep the one of a sign-in that is under way, in seconds.
pub(super) const SIGN_IN_LIFE: u32 = 15 * 60;

/// The cookie's name. The prefix makes browsers refuse it from another host or without https.
pub(super) fn name(identity: Option<&Identity>) -> &'static str {
    match identity {
        Some(identity) if identity.is_https() => "__Host-cocore",
        _ => "cocore",
    }
}

/// The name of the cookie of a sign-in that is under way.
pub(super) fn sign_in_name(identity: Option<&Identity>) -> &'static str {
    match identity {
        Some(identity) if identity.is_https() => "__Host-cocore-sign-in",
        _ => "cocore-sign-in",
    }
}

/// The value of the one cookie of that name: where there are two, somebody planted one.
pub(super) fn read<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    let mut values = headers
        .get_all(COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

pub(super) fn set(identity: Option<&Identity>, name: &str, value: &str, seconds: u32) -> String {
    let secure = match identity {
        Some(identity) if identity.is_https() => "; Secure",
        _ => "",
    };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// Whether a request was made by one of our own pages, or by a person directly.
pub(super) fn is_own_page(headers: &HeaderMap, identity: Option<&Identity>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        // An older browser.
        None => header(ORIGIN.as_str())
            .zip(identity)
            .is_some_and(|(origin, identity)| identity.is_own_origin(origin)),
    }
}

/// The same, for a request that changes something and shows nothing but a cookie.
pub(super) fn is_same_site(headers: &HeaderMap, identity: Option<&Identity>) -> bool {
    // A form of another site cannot send this type.
    let kind = headers.get(CONTENT_TYPE);
    let json = kind
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("application/json")
        });
    json && is_own_page(headers, identity)
}
