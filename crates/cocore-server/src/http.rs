//! The HTTP application: routes, answers, the access log.

mod access_log;
pub mod admin;
mod agent;
mod all_events;
mod all_keys;
mod api_error;
mod auth;
pub mod console;
mod credential;
mod form;
mod import;
mod inference;
mod introspection;
mod lexicons;
pub mod login_links;
mod methods;
mod no_store;
mod not_found;
mod operations;
mod preflight;
mod records;
mod request_id;
mod response_headers;
mod revocation;
mod route;
pub mod security_txt;
#[cfg(test)]
mod tests;
pub mod verify_settings;

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage, ResponseError, web};
use cocore_gateway::Worker;
use tracing::Instrument;
use xrpc_server::XrpcError;

use crate::operator::{Operator, PeerUid};
use crate::rate_limits::RateReport;
use crate::state::AppState;
#[cfg(feature = "otlp")]
use crate::telemetry::traces::Traces;
use access_log::{NO_ROUTE, RequestLog, logged};
use api_error::ApiError;
use inference::Inference;
use methods::{OLDER_XRPC_ROOT, XRPC_ROOT};
use request_id::{REQUEST_ID, RequestId};
use route::{READ, WRITE, get, resource};

/// Where the control socket has the keys of all accounts.
pub const ALL_KEYS: &str = "/all-keys";

/// Where the control socket has the audit trail of all accounts.
pub const ALL_EVENTS: &str = "/all-events";

/// Where the control socket imports keys.
pub const IMPORT: &str = "/import";

/// Where the control socket creates login links.
pub const LOGIN_LINKS: &str = "/login-links";

/// The application that everyone can reach.
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
    let AppState {
        keys,
        api,
        readiness,
        authenticator,
        console,
        verify_settings,
        identity,
        security_txt,
        metrics,
        #[cfg(feature = "otlp")]
        traces,
        lexicons,
        gateway,
        body_budget,
        accounting,
        ..
    } = state;
    let is_https = identity.as_ref().is_some_and(|own| own.is_https());
    let trusted_proxies = console.trusted_proxies;
    let has_limits = authenticator.rate_limits.is_on();
    let middleware = move |request: ServiceRequest, next| {
        if has_limits {
            request.extensions_mut().insert(RateReport::default());
        }
        let id = RequestId::of(request.headers(), trusted_proxies > 0);
        #[cfg(feature = "otlp")]
        let traces = traces.clone();
        async move {
            #[cfg(feature = "otlp")]
            if let Some(traces) = traces {
                return traced(traces, request, next, id, is_https).await;
            }
            request_middleware(request, next, id, is_https).await
        }
    };
    let methods = |root| {
        let (api, authenticator) = (api.clone(), authenticator.clone());
        methods::scope(root, api, authenticator, trusted_proxies, metrics.as_ref())
            .service(operations::health())
            .service(lexicons::resolve_lexicon())
    };
    let (xrpc, older_xrpc) = (methods(XRPC_ROOT), methods(OLDER_XRPC_ROOT));
    let [records, older_records] = records::ROOTS.map(|root| {
        let (api, authenticator) = (api.clone(), authenticator.clone());
        records::scope(root, api, authenticator, trusted_proxies, metrics.as_ref())
    });
    let worker = Worker::new(gateway);
    let inference = Rc::new(Inference {
        authenticator: authenticator.clone(),
        body_budget,
        worker: worker.clone(),
        accounting,
    });
    let [inference, older_inference] =
        inference::ROOTS.map(|root| inference::scope(root, &inference));
    let log = RequestLog {
        trusted_proxies,
        metrics,
    };
    let app = App::new()
        .app_data(web::Data::from(keys.clone()))
        .app_data(web::Data::from(authenticator.clone()))
        .app_data(web::Data::from(console))
        .app_data(web::Data::from(verify_settings))
        .app_data(web::Data::from(readiness))
        .app_data(web::Data::from(lexicons))
        .app_data(web::Data::new(worker))
        .app_data(log)
        .wrap(from_fn(middleware))
        // The routes that are called most come first: the others are compared with the path one by one.
        .configure(auth::routes)
        .service(xrpc)
        .service(older_xrpc)
        .service(records)
        .service(older_records)
        .service(inference)
        .service(older_inference)
        .configure(operations::routes)
        .configure(agent::routes)
        .configure(security_txt::routes)
        .configure(console::routes)
        .configure(lexicons::routes)
        .default_service(logged(NO_ROUTE, web::to(not_found::not_found)));
    let app = match security_txt {
        Some(file) => app.app_data(web::Data::from(file)),
        None => app,
    };
    match identity {
        Some(identity) => app.app_data(web::Data::from(identity)),
        None => app,
    }
}

/// The application on the control socket: the methods, called by the operator, the keys and the audit trail of all
/// accounts, the import of keys, and login links. It serves the owner of the socket and root only, whatever the mode of the socket.
pub fn control_app(
    state: AppState,
    owner: u32,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let AppState {
        api,
        keys,
        store,
        console,
        ..
    } = state;
    App::new()
        .app_data(web::Data::from(keys))
        .app_data(web::Data::new(api.clone()))
        .app_data(web::Data::new(store))
        .app_data(web::Data::from(console))
        .wrap(from_fn(move |request, next| {
            operator_middleware(request, next, owner)
        }))
        .service(resource(ALL_KEYS, READ).route(get().to(all_keys::page)))
        .service(resource(ALL_EVENTS, READ).route(get().to(all_events::page)))
        .service(resource(IMPORT, WRITE).route(web::post().to(import::import)))
        .service(resource(LOGIN_LINKS, WRITE).route(web::post().to(login_links::create)))
        .service(methods::scope(XRPC_ROOT, api, Operator, 0, None))
}

/// Does the same as [`request_middleware`], and sends a span of the request.
#[cfg(feature = "otlp")]
async fn traced(
    traces: Traces,
    request: ServiceRequest,
    next: Next<BoxBody>,
    id: RequestId,
    is_https: bool,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let traceparent = request.headers().get("traceparent");
    let traceparent = traceparent.and_then(|value| value.to_str().ok().map(str::to_owned));
    let RequestId(name) = id.clone();
    let handled = request_middleware(request, next, id, is_https);
    traces.scope(name, traceparent.as_deref(), handled).await
}

/// Rejects the requests of other users of this machine.
async fn operator_middleware(
    request: ServiceRequest,
    next: Next<BoxBody>,
    owner: u32,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let peer = request.conn_data::<PeerUid>().copied();
    if peer.is_some_and(|peer| peer.is_operator(owner)) {
        return request_middleware(request, next, RequestId::random(), false).await;
    }
    tracing::warn!(?peer, "another user called the control socket");
    let error = XrpcError::forbidden("only the operator may use the control socket");
    Ok(request.into_response(ApiError::from(error).error_response()))
}

/// Gives a request its id, which the log and the answer show, and adds headers to its answer.
async fn request_middleware(
    request: ServiceRequest,
    next: Next<BoxBody>,
    id: RequestId,
    is_https: bool,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(id.clone());
    let RequestId(id) = id;
    let span = tracing::info_span!("request", id = &*id);
    let report = request.extensions().get::<RateReport>().cloned();
    let mut answer = next.call(request).instrument(span).await?;
    if let Some(report) = report {
        let headers = answer.headers_mut();
        report.add_to(|name, value| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        });
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    lexicons::link_to_page(&mut answer);
    response_headers::add(&mut answer, is_https);
    Ok(answer)
}
