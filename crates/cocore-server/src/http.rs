//! The HTTP application: routes, answers, the access log.

mod access_log;
mod api_error;
mod auth;
mod body;
mod client_info;
pub mod console;
mod head;
mod not_found;
mod operations;
mod response_headers;
mod route;
#[cfg(test)]
mod tests;
mod xrpc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, web};

use crate::state::AppState;
use access_log::RequestLog;
use route::{RouteName, get, resource};

/// Where the methods are: the second for older clients.
const XRPC_ROOTS: [&str; 2] = ["/xrpc", "/api/xrpc"];

/// The whole application.
pub fn app(
    state: AppState,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let is_https = state.identity.as_ref().is_some_and(|own| own.is_https());
    let middleware = move |request, next| request_middleware(request, next, is_https);
    let app = App::new()
        .app_data(web::Data::new(xrpc::methods(state.keys.clone())))
        .app_data(web::Data::from(state.keys))
        .app_data(web::Data::from(state.authenticator))
        .app_data(web::Data::from(state.console))
        .wrap(from_fn(middleware))
        // The routes that are called most come first: the others are compared with the path one by one.
        .configure(auth::routes);
    let app = match state.identity {
        Some(identity) => app.app_data(web::Data::from(identity)),
        None => app,
    };
    let app = XRPC_ROOTS.into_iter().fold(app, |app, root| {
        let methods = web::scope(root)
            .app_data(RouteName(root))
            .app_data(response_headers::CrossOrigin)
            .route("/_health", get().to(operations::health))
            .default_service(web::to(xrpc::call));
        app.service(methods)
    });
    app.service(resource("/livez").route(get().to(operations::live)))
        .service(resource("/.well-known/did.json").route(get().to(operations::did_document)))
        .configure(console::routes)
        .default_service(web::to(not_found::not_found))
}

/// Gives each request an id, a line in the log, and the headers of every answer.
async fn request_middleware(
    request: ServiceRequest,
    next: Next<BoxBody>,
    is_https: bool,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let log = RequestLog::begin(&request);
    let mut answer = log.instrument(next.call(request)).await?;
    response_headers::add(&mut answer, is_https);
    log.finish(&mut answer);
    Ok(answer)
}
