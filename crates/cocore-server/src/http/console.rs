//! The console: pages for people. What they change goes through the same methods as everyone's.

mod files;
mod pages;
mod sessions;
mod sign_in;

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HOST, LOCATION, SET_COOKIE};
use actix_web::web::{self, Data, FormConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use cocore_console::Message;
use lexicon_runtime::ErrorBody;

use super::answer::Refusal;
use super::{at, get, visitor};
use crate::api::Api;
use crate::door::Door;
use crate::local_link::LocalLink;
use crate::sessions::Visitor;
use crate::sign_in::SignIns;

/// What the pages need.
pub struct Console {
    /// The key service.
    pub api: Api,
    /// Who calls.
    pub door: Arc<Door>,
    /// What signs people in, if this service has an identity.
    pub sign_in: Option<Arc<SignIns>>,
    /// The operator's link, if this start made one.
    pub link: Option<LocalLink>,
    /// How many proxies name the client's address.
    pub trusted_proxies: usize,
}

/// Where everything is.
pub(super) fn routes(config: &mut ServiceConfig) {
    let query = QueryConfig::default().error_handler(|_, _| unreadable());
    let form = FormConfig::default().error_handler(|_, _| unreadable());
    config
        .app_data(query)
        .app_data(form)
        .service(at("/").route(get().to(pages::keys)))
        .service(at("/sessions").route(get().to(pages::sessions)))
        .service(at("/sign-in/local").route(get().to(sign_in::by_link)))
        .service(
            at("/sign-in")
                .route(web::post().to(sign_in::begin))
                .route(get().to(pages::keys)),
        )
        .service(at("/oauth/callback").route(get().to(sign_in::finish)))
        .service(at("/oauth/client-metadata.json").route(get().to(sign_in::client_metadata)))
        .service(at("/oauth/jwks.json").route(get().to(sign_in::jwks)))
        .service(at("/console/end-sessions").route(web::post().to(sessions::end)))
        .service(at("/console/sign-out").route(web::post().to(sessions::sign_out)))
        .service(at("/assets/{name}").route(get().to(files::file)));
}

impl Console {
    /// Signs a person in, in a new session, and sends them to their keys.
    async fn welcome(
        &self,
        request: &HttpRequest,
        did: String,
        handle: Option<String>,
    ) -> Result<HttpResponse, ErrorBody> {
        let visitor = Visitor {
            did,
            handle,
            browser: visitor::browser(request),
            address: visitor::address(request, self.trusted_proxies),
        };
        // Whoever was signed in here before is not any more.
        if let Some(session) = self.door.session(request).await? {
            let ended = self
                .door
                .sessions
                .end(&session.did, Some(&session.id))
                .await;
            ended.map_err(|error| crate::api::unavailable(&error))?;
        }
        let secret = self.door.sessions.begin(visitor).await;
        let secret = secret.map_err(|error| crate::api::unavailable(&error))?;
        Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, "/"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .append_header((SET_COOKIE, self.door.cookie(&secret)))
            .append_header((SET_COOKIE, self.door.sign_in_cookie("")))
            .finish())
    }

    /// Where a browser on this machine should be instead: OAuth knows loopback by its address alone.
    fn elsewhere(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let identity = self.door.identity.as_ref()?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let (_, own) = identity.origin.split_once("://")?;
        let moved = identity.browser_origin != identity.origin && host == own;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let to = format!("{}{path}", identity.browser_origin);
        moved.then(|| {
            let mut answer = HttpResponse::TemporaryRedirect();
            answer.insert_header((LOCATION, to)).finish()
        })
    }
}

/// A page as an answer: about one person, so nobody keeps it.
fn html(status: StatusCode, page: Result<String, cocore_console::Error>) -> HttpResponse {
    match page {
        Ok(text) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            Refusal::new("InternalServerError", "the page cannot be written").error_response()
        }
    }
}

/// What went wrong, for a person.
pub(super) fn message(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    let page = Message {
        title: title.to_owned(),
        text: text.to_owned(),
        link: Some(("Back to the start".to_owned(), "/".to_owned())),
    };
    html(status, page.render())
}

/// What was sent is no query and no form of ours: no page of ours sends that.
fn unreadable() -> actix_web::Error {
    let text = "The request could not be read. Begin again from the start.";
    let page = message(StatusCode::BAD_REQUEST, "That did not work", text);
    InternalError::from_response("unreadable", page).into()
}

/// The page for an error of a method's kind.
fn trouble(error: ErrorBody) -> HttpResponse<BoxBody> {
    let text = error.message.clone().unwrap_or_default();
    let status = Refusal::from(error).status_code();
    let title = match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::SERVICE_UNAVAILABLE => "Not available now",
        _ => "That did not work",
    };
    message(status, title, &text)
}

/// The console of a request.
type Of = Data<Console>;
