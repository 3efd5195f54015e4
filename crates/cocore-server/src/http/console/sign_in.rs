//! The ways in.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{Of, message, trouble};
use crate::local_link::LOCAL_ACCOUNT;

#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
}

/// Answers `/sign-in/local`: the operator's one-time link.
pub(super) async fn by_link(
    request: HttpRequest,
    console: Of,
    query: Query<Token>,
) -> HttpResponse {
    if let Some(elsewhere) = console.elsewhere(&request) {
        return elsewhere;
    }
    match &console.link {
        Some(link) if link.take(&query.token) => {
            let welcome = console
                .welcome(&request, LOCAL_ACCOUNT.to_owned(), None)
                .await;
            welcome.unwrap_or_else(trouble)
        }
        _ => message(
            StatusCode::FORBIDDEN,
            "This link does not work any more",
            "It works once, and for ten minutes. Start the server again to get a new one.",
        ),
    }
}
