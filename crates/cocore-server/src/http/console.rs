//! The console: pages for people. They change keys through the same methods as every other client.

mod assets;
mod browser_name;
mod consent;
pub(super) mod html;
mod key_link;
mod key_list;
mod key_page;
mod limits;
mod lineage;
mod pages;
mod purposes;
mod records;
mod scope_words;
mod search;
mod sessions;
mod sign_in;
pub mod state;
mod usage;

use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::web::{self, FormConfig, QueryConfig, ServiceConfig};

use super::access_log::ASSETS;
use super::response_headers::CrossOrigin;
use super::route::{READ, READ_AND_WRITE, WRITE, get, resource};
use crate::login_link;
use crate::record_proxy;
use html::message_page;

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    let query = QueryConfig::default().error_handler(|_, _| unreadable());
    let form = FormConfig::default().error_handler(|_, _| unreadable());
    config
        .app_data(query)
        .app_data(form)
        .service(resource("/", READ).route(get().to(key_list::keys)))
        .service(resource("/keys/{id}", READ).route(get().to(key_page::key)))
        .service(resource("/usage", READ).route(get().to(usage::page)))
        .service(resource(record_proxy::PAGE, READ).route(get().to(records::records)))
        .service(resource("/records/connect", WRITE).route(web::post().to(records::connect)))
        .service(resource("/records/disconnect", WRITE).route(web::post().to(records::disconnect)))
        .service(resource("/sessions", READ).route(get().to(pages::sessions)))
        .service(resource("/documentation", READ).route(get().to(pages::documentation)))
        .service(resource(login_link::PATH, READ).route(get().to(sign_in::by_login_link)))
        .service(
            resource("/sign-in", READ_AND_WRITE)
                .route(web::post().to(sign_in::begin))
                .route(get().to(key_list::keys)),
        )
        .service(resource("/oauth/callback", READ).route(get().to(sign_in::finish)))
        .service(
            resource("/oauth/client-metadata.json", READ)
                .app_data(CrossOrigin)
                .route(get().to(sign_in::client_metadata)),
        )
        .service(
            resource("/oauth/jwks.json", READ)
                .app_data(CrossOrigin)
                .route(get().to(sign_in::jwks)),
        )
        .service(resource("/console/end-sessions", WRITE).route(web::post().to(sessions::end)))
        .service(resource("/console/sign-out", WRITE).route(web::post().to(sessions::sign_out)))
        .service(
            resource(ASSETS, READ)
                .app_data(CrossOrigin)
                .route(get().to(assets::asset)),
        );
}

/// A query string or a form that no page of ours sends.
fn unreadable() -> actix_web::Error {
    let text = "The request could not be read. Start again from the home page.";
    let page = message_page(StatusCode::BAD_REQUEST, "The request failed", text);
    InternalError::from_response("unreadable", page).into()
}
