//! Everything that knows actix: routes, bodies, answers, the access log.

mod answer;
mod auth;
mod body;
mod console;
mod headers;
#[cfg(test)]
mod tests;
mod trace;
mod visitor;
mod xrpc;

use std::sync::Arc;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{App, Either, Error, HttpRequest, HttpResponse, Route, guard, web};
use lexicon_runtime::ErrorBody;

use crate::api::Api;
use crate::door::Door;
use answer::Refusal;
pub use console::Console;
use xrpc::Methods;

/// Where the methods are: the second for older clients.
const XRPC_ROOTS: [&str; 2] = ["/xrpc", "/api/xrpc"];

/// What requests are answered with.
#[derive(Clone)]
pub struct Site {
    /// The methods.
    pub api: Api,
    /// Who calls.
    pub door: Arc<Door>,
    /// The pages.
    pub console: Arc<Console>,
}

/// The whole application.
pub fn app(
    site: Site,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let mut methods = Methods::default();
    cocore_lexicon::routes(&mut methods);
    let app = App::new()
        .app_data(web::Data::new(site.api))
        .app_data(web::Data::from(site.door))
        .app_data(web::Data::from(site.console))
        .app_data(web::Data::new(methods))
        .wrap(actix_web::middleware::from_fn(headers::add))
        .wrap(actix_web::middleware::from_fn(trace::trace))
        .route("/livez", get().to(alive))
        .route("/.well-known/did.json", get().to(did_document))
        .configure(console::routes)
        .configure(auth::routes);
    let app = XRPC_ROOTS.into_iter().fold(app, |app, root| {
        app.route(&format!("{root}/_health"), get().to(health))
            .route(&format!("{root}/{{nsid:.*}}"), web::to(xrpc::call))
    });
    app.default_service(web::to(not_found))
}

/// A route for GET, and for HEAD, which is the same without a body.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Whether the process runs: for a supervisor that would restart it.
async fn alive() -> HttpResponse {
    answer::json(&serde_json::json!({ "version": env!("CARGO_PKG_VERSION") }))
}

/// Whether requests can be answered: the store too.
async fn health(api: web::Data<Api>) -> Result<HttpResponse, Refusal> {
    let store = api.keys.ping().await;
    store.map_err(|error| crate::api::unavailable(&error))?;
    Ok(alive().await)
}

/// Who this service is.
async fn did_document(door: web::Data<Door>) -> Result<HttpResponse, Refusal> {
    match &door.identity {
        Some(identity) => Ok(answer::json(&identity.did_document())),
        None => Err(Refusal::new(
            "NotFound",
            "this server has no public URL, and so no DID",
        )),
    }
}

/// A path that is none: JSON for programs, a page for people.
async fn not_found(request: HttpRequest) -> Either<Refusal, HttpResponse> {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        let text = "There is nothing at this address.";
        return Either::Right(console::message(StatusCode::NOT_FOUND, "Not found", text));
    }
    let message = "nothing is here: the methods are below /xrpc/";
    Either::Left(ErrorBody::new("NotFound", Some(message.to_owned())).into())
}
