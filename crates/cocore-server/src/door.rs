//! The one door: which credential a request shows, and who that is.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use cocore_keys::Keys;
use cocore_store::Store;
use lexicon_runtime::{Did, ErrorBody};

use crate::api::{Principal, unavailable};

/// What every API key begins with.
const KEY_PREFIX: &str = "cocore-";

/// Tells who calls.
///
/// # Errors
/// `AuthRequired`, the same for every way in which a credential can be no good, or
/// `ServiceUnavailable` when nobody can tell.
pub async fn enter(request: &HttpRequest, keys: &Keys<Store>) -> Result<Principal, ErrorBody> {
    match bearer(request.headers()) {
        Some(key) if key.starts_with(KEY_PREFIX) => by_key(key, keys).await,
        _ => Err(refused()),
    }
}

async fn by_key(key: &str, keys: &Keys<Store>) -> Result<Principal, ErrorBody> {
    let found = keys.authenticate(key).await;
    let found = found.map_err(|error| unavailable(&error))?;
    let found = found.ok_or_else(refused)?;
    if let Some(error) = found.not_noted {
        tracing::warn!(%error, "a use of a key could not be noted");
    }
    let did = Did::parse(found.did).map_err(|_| refused())?;
    Ok(Principal { did })
}

/// The token of the one `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_matches(' '))
}

fn refused() -> ErrorBody {
    let message = "expected a valid API key: Authorization: Bearer cocore-...";
    ErrorBody::new("AuthRequired", Some(message.to_owned()))
}
