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

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Either, Error, HttpRequest, HttpResponse, Resource, Route, guard, web};

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
    let is_https = site.door.identity.as_ref().is_some_and(|i| i.is_https());
    let frame = move |request, next| frame(request, next, is_https);
    let app = App::new()
        .app_data(web::Data::new(site.api))
        .app_data(web::Data::from(site.door))
        .app_data(web::Data::from(site.console))
        .app_data(web::Data::new(methods))
        .wrap(from_fn(frame))
        // Those that are called most come first: the others are compared with the path one by one.
        .configure(auth::routes);
    let app = XRPC_ROOTS.into_iter().fold(app, |app, root| {
        let methods = web::scope(root)
            .app_data(trace::RouteName(root))
            .app_data(headers::CrossOrigin)
            .route("/_health", get().to(health))
            .default_service(web::to(xrpc::call));
        app.service(methods)
    });
    app.service(at("/livez").route(get().to(alive)))
        .service(at("/.well-known/did.json").route(get().to(did_document)))
        .configure(console::routes)
        .default_service(web::to(not_found))
}

/// A path, which is logged as it is written here.
fn at(path: &'static str) -> Resource {
    web::resource(path).app_data(trace::RouteName(path))
}

/// What each request goes through: a request id, a line in the log, headers.
async fn frame(
    request: ServiceRequest,
    next: Next<BoxBody>,
    is_https: bool,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let trace = trace::Trace::begin(&request);
    let mut answer = trace.follow(next.call(request)).await?;
    headers::add(&mut answer, is_https);
    trace.end(&mut answer);
    Ok(answer)
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
    Either::Left(nothing_here())
}

fn nothing_here() -> Refusal {
    let message = "nothing is here: the methods are below /xrpc/";
    Refusal::new("NotFound", message)
}
