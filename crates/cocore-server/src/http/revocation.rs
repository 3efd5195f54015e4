//! Token revocation: whoever holds a key may revoke it. Source: RFC 7009.

use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use cocore_keys::Origin;
use http::header::USER_AGENT;

use super::api_error::ApiError;
use super::form::{flag, read_form, token};
use super::no_store::no_store_empty;
use super::request_id::RequestId;
use crate::authentication::Authenticator;
use crate::errors::unavailable;

/// Revokes the key in the field `token`, and with `cascade=true` all that descend from it. It answers 200, whether or
/// not the token is a key.
pub(super) async fn revoke(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let head = xrpc_actix::head(&request);
    let form = read_form(&head, payload).await?;
    let (token, cascade) = (token(&form)?, flag(&form, "cascade")?);
    let address = head.client_address(authenticator.trusted_proxies);
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(|RequestId(id)| id.to_string());
    let origin = Origin::new(
        address.map(|at| at.to_string()),
        head.header(USER_AGENT.as_str()),
        request_id,
    );
    let keys = &authenticator.keys;
    let revoked = keys.revoke_by_holder(&token, cascade, origin).await;
    revoked.map_err(|error| unavailable(&error))?;
    Ok(no_store_empty())
}
