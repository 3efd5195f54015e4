//! Whether a key is good, for other services: they ask without calling a method.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::answer::{Refusal, personal};
use super::at;
use super::body;
use super::trace::RouteName;
use crate::door::Door;

/// For proxies that ask before they forward a request.
pub(super) const VERIFY: &str = "/auth/verify";
const DID: HeaderName = HeaderName::from_static("x-cocore-did");
const KEY_ID: HeaderName = HeaderName::from_static("x-cocore-key-id");

/// Where both are.
pub(super) fn routes(config: &mut ServiceConfig) {
    // Envoy appends the path of the caller.
    let below = web::scope(VERIFY)
        .app_data(RouteName(VERIFY))
        .default_service(web::to(verify));
    config
        .service(at(VERIFY).route(web::to(verify)))
        .service(below)
        .service(at("/auth/introspect").route(web::post().to(introspect)));
}

/// Answers forward authentication (nginx `auth_request`, Envoy `ext_authz`, Caddy and Traefik): 200 and
/// whom the key stands for, 401, or 503 while nobody can tell.
async fn verify(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Refusal> {
    let owner = door.owner(&request).await?;
    let header = |text: &str| HeaderValue::from_str(text);
    let (Ok(did), Ok(id)) = (header(&owner.did), header(&owner.key_id)) else {
        return Err(Refusal::new(
            "AuthRequired",
            "this account cannot be told in a header",
        ));
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((DID, did))
        .insert_header((KEY_ID, id))
        .finish())
}

/// How a form is sent.
const FORM: &str = "application/x-www-form-urlencoded";

/// Answers token introspection, RFC 7662, for callers that show a key of their own.
async fn introspect(
    request: HttpRequest,
    door: Data<Door>,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    door.owner(&request).await?;
    let form = body::read(request.headers(), payload, FORM).await?;
    let token = url::form_urlencoded::parse(&form).find(|(name, _)| name == "token");
    let Some((_, token)) = token else {
        let missing = "input/token: expected a form with this field";
        return Err(Refusal::new("InvalidRequest", missing));
    };
    let answer = match door.owner_of(&token).await? {
        None => json!({ "active": false }),
        Some(owner) => {
            let mut answer = json!({
                "active": true,
                "sub": &*owner.did,
                "jti": owner.key_id,
                "iat": owner.created_at.timestamp(),
                "token_type": "Bearer",
            });
            if let Some(at) = owner.expires_at {
                answer["exp"] = at.timestamp().into();
            }
            answer
        }
    };
    Ok(personal(None, answer.to_string().into_bytes()))
}
