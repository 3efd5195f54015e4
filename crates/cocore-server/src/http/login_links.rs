//! Login links, for the operator.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use atproto_resolver::Did;
use serde::{Deserialize, Serialize};
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use super::console::state::ConsoleState;
use crate::errors::{account_not_served, unavailable};
use crate::login_link::{LoginLinkError, LoginLinks};

/// The link to create.
#[derive(Deserialize, Serialize)]
pub struct NewLoginLink {
    /// The account, unless it is the local one.
    pub did: Option<String>,
}

/// A link that was created.
#[derive(Deserialize, Serialize)]
pub struct CreatedLoginLink {
    /// The URL for a browser.
    pub url: String,
}

/// Creates a link, and answers with its URL.
pub(super) async fn create(
    console: Data<ConsoleState>,
    new: Json<NewLoginLink>,
) -> Result<HttpResponse, ApiError> {
    let did = new.did.as_deref().map(Did::parse).transpose();
    let did = did.map_err(XrpcError::invalid_request)?;
    let identity = console.identity.as_deref();
    let account = identity.map(|identity| LoginLinks::account(identity, did.as_ref()));
    if let Some(Ok(account)) = account
        && !console.allowed.includes(account)
    {
        return Err(account_not_served().into());
    }
    match console.login_links.create(identity, did.as_ref()).await {
        Ok(url) => Ok(HttpResponse::Ok().json(CreatedLoginLink { url })),
        Err(LoginLinkError::Store(error)) => Err(unavailable(&error).into()),
        Err(error) => Err(XrpcError::invalid_request(error).into()),
    }
}
