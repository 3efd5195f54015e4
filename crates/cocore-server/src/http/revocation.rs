//! Token revocation: whoever holds a key may revoke it. Source: RFC 7009.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::api_error::ApiError;
use super::form::{flag, read_form, token};
use super::no_store::no_store_empty;
use super::request_id::RequestId;
use crate::api::caller::origin;
use crate::authentication::Authenticator;
use crate::errors::unavailable;

/// Revokes the key in the field `token`, and with `cascade=true` all that descend from it. It answers 200, whether or
/// not the token is a key.
pub(super) async fn revoke(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut head = xrpc_actix::head(&request);
    head.request_id = RequestId::find(&request);
    let form = read_form(&head, payload).await?;
    let (token, cascade) = (token(&form)?, flag(&form, "cascade")?);
    let origin = origin(&head, authenticator.trusted_proxies);
    let keys = &authenticator.keys;
    let revoked = keys.revoke_by_holder(&token, cascade, origin).await;
    revoked.map_err(|error| unavailable(&error))?;
    Ok(no_store_empty())
}
