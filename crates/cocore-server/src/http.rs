//! Everything that knows actix: routes, bodies, answers, the access log.

mod answer;
mod body;
#[cfg(test)]
mod tests;
mod trace;
mod xrpc;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use lexicon_runtime::ErrorBody;

use crate::api::Api;
use answer::Refusal;
use xrpc::Methods;

/// Where the methods are: the second for older clients.
const XRPC_ROOTS: [&str; 2] = ["/xrpc", "/api/xrpc"];

/// The whole application.
pub fn app(
    api: Api,
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
        .app_data(web::Data::new(api))
        .app_data(web::Data::new(methods))
        .wrap(actix_web::middleware::from_fn(trace::trace))
        .route("/livez", web::get().to(alive));
    let app = XRPC_ROOTS.into_iter().fold(app, |app, root| {
        app.route(&format!("{root}/_health"), web::get().to(health))
            .route(&format!("{root}/{{nsid:.*}}"), web::to(xrpc::call))
    });
    app.default_service(web::to(not_found))
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

async fn not_found(_: HttpRequest) -> Refusal {
    let message = "nothing is here: the methods are below /xrpc/";
    Refusal::from(ErrorBody::new("NotFound", Some(message.to_owned())))
}
