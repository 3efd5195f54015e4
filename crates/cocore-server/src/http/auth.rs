//! Checks API keys for other services: forward authentication and token introspection.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::api_error::{ApiError, no_store_response};
use super::body;
use super::route::{RouteName, VERIFY, resource};
use crate::authentication::{Authenticator, Credential};

const DID: HeaderName = HeaderName::from_static("x-cocore-did");
const KEY_ID: HeaderName = HeaderName::from_static("x-cocore-key-id");

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    // Envoy appends the path of the caller.
    let below = web::scope(VERIFY)
        .app_data(RouteName(VERIFY))
        .default_service(web::to(verify));
    config
        .service(resource(VERIFY).route(web::to(verify)))
        .service(below)
        .service(resource("/auth/introspect").route(web::post().to(introspect)));
}

/// Answers forward authentication (nginx `auth_request`, Envoy `ext_authz`, Caddy and Traefik): 200 with
/// the key's account, 401, or 503 while the store is unavailable.
async fn verify(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticator.require_key(credential(&request)).await?;
    let header = |text: &str| HeaderValue::from_str(text);
    let (Ok(did), Ok(id)) = (header(&owner.did), header(&owner.key_id)) else {
        return Err(ApiError::new(
            "AuthRequired",
            "this account's DID does not fit into a header",
        ));
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((DID, did))
        .insert_header((KEY_ID, id))
        .finish())
}

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Answers token introspection, RFC 7662, for callers that authenticate with a key of their own.
async fn introspect(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    authenticator.require_key(credential(&request)).await?;
    let form = body::read(request.headers(), payload, FORM).await?;
    let token = url::form_urlencoded::parse(&form).find(|(name, _)| name == "token");
    let Some((_, token)) = token else {
        let missing = "input/token: expected a form with this field";
        return Err(ApiError::new("InvalidRequest", missing));
    };
    let answer = match authenticator.verify_key(&token).await? {
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
    Ok(no_store_response(None, answer.to_string().into_bytes()))
}

fn credential(request: &HttpRequest) -> Credential<'_> {
    let values = request.headers().get_all(AUTHORIZATION);
    Credential::parse(values.map(|value| value.as_bytes()))
}
