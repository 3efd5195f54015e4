//! The routes of inference: calls of language models by key or service-auth token, never by cookie. Sources of paths and
//! envelopes: OpenAI's and Anthropic's API references.

mod answer;
mod body;
mod credential;
mod errors;

use std::sync::Arc;

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Scope};
use cocore_gateway::error::ErrorCode;
use cocore_gateway::{Caller as _, Dialect, GatewayError, Reply, Request, Route, Worker};
use xrpc_server::Head;

use super::access_log::{logged, record_caller};
use super::methods::extend_head;
use super::preflight::{preflight, preflight_route};
use super::request_id::RequestId;
use super::response_headers::CrossOrigin;
use super::route::{READ, WRITE, get, resource_named};
use crate::authentication::Authenticator;
use crate::body_budget::BodyBudget;
use crate::errors::unavailable;
use crate::inference::{Accounting, InferenceCaller};
use crate::principal::Principal;
use answer::response;
use body::read_body;
use credential::credential;
use errors::gateway_error;

/// The method for which a caller needs a scope, or a token.
const DISPATCH: &str = "dev.cocore.inference.dispatch";
/// Where the routes are. The second is for clients of the older service.
const ROOTS: [&str; 2] = ["/v1", "/api/v1"];
const MODELS: &str = "/v1/models";
const MODEL: &str = "/v1/models/{id}";
const UNKNOWN: &str = "/v1";

/// The name of a route in the log, whichever root it is called at.
const fn name(route: Route) -> &'static str {
    match route {
        Route::ChatCompletions => "/v1/chat/completions",
        Route::Completions => "/v1/completions",
        Route::Responses => "/v1/responses",
        Route::Embeddings => "/v1/embeddings",
        Route::Messages => "/v1/messages",
        Route::CountTokens => "/v1/messages/count_tokens",
    }
}

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    for root in ROOTS {
        config.service(scope(root));
    }
}

fn scope(root: &str) -> Scope {
    let scope = Route::ALL
        .into_iter()
        .fold(web::scope(root), |scope, route| {
            let call = move |request: HttpRequest,
                             payload: Payload,
                             authenticator: Data<Authenticator>,
                             budget: Data<BodyBudget>,
                             worker: Data<Worker>,
                             accounting: Data<Accounting>| async move {
                let accounting = accounting.into_inner();
                let reply = call(
                    route,
                    &request,
                    payload,
                    &authenticator,
                    &budget,
                    &worker,
                    &accounting,
                );
                let reply = reply.await;
                response(&request, route.dialect(), reply)
            };
            let other_verb = move |request: HttpRequest| async move {
                other_verb(&request, route.dialect(), WRITE)
            };
            scope.service(
                resource_named(route.path(), name(route))
                    .route(web::post().to(call))
                    .route(preflight_route())
                    .default_service(web::to(other_verb)),
            )
        });
    let other_verb =
        |request: HttpRequest| async move { other_verb(&request, dialect(&request), READ) };
    scope
        .service(
            resource_named("/models", MODELS)
                .route(get().to(models))
                .route(preflight_route())
                .default_service(web::to(other_verb)),
        )
        .service(
            // The name of a model may have slashes.
            resource_named("/models/{id:.+}", MODEL)
                .route(get().to(model))
                .route(preflight_route())
                .default_service(web::to(other_verb)),
        )
        .app_data(CrossOrigin)
        .default_service(logged(UNKNOWN, web::to(not_found)))
}

/// Answers a call of a model: the scope of the caller is checked before the body is read, and the model after it.
async fn call(
    route: Route,
    request: &HttpRequest,
    payload: Payload,
    authenticator: &Authenticator,
    budget: &BodyBudget,
    worker: &Worker,
    accounting: &Arc<Accounting>,
) -> Result<Reply, GatewayError> {
    let head = head(request);
    let caller = authenticate(request, &head, authenticator).await?;
    worker.check_is_on()?;
    let permit = budget.hold(caller.did.as_str());
    let caller = limited(caller, accounting).await?;
    let (body, permit) = read_body(&head, payload, worker.max_body(), permit).await?;
    let id = RequestId::find(request);
    let call = Request {
        route,
        headers: &head.headers,
        body,
        request_id: id.as_deref(),
        held: Box::new(permit),
    };
    worker.call(call, &caller).await
}

/// Lists the models that the caller may use.
async fn models(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    worker: Data<Worker>,
    accounting: Data<Accounting>,
) -> HttpResponse {
    let dialect = dialect(&request);
    let caller = caller(&request, &authenticator, accounting.into_inner()).await;
    let list =
        |caller: InferenceCaller| worker.models(dialect, |model| caller.may_use_model(model));
    response(&request, dialect, caller.and_then(list))
}

/// Shows a model that the caller may use.
async fn model(
    request: HttpRequest,
    id: web::Path<String>,
    authenticator: Data<Authenticator>,
    worker: Data<Worker>,
    accounting: Data<Accounting>,
) -> HttpResponse {
    let dialect = dialect(&request);
    let caller = caller(&request, &authenticator, accounting.into_inner()).await;
    let show =
        |caller: InferenceCaller| worker.model(dialect, &id, |model| caller.may_use_model(model));
    response(&request, dialect, caller.and_then(show))
}

/// Authenticates a request that has no body.
async fn caller(
    request: &HttpRequest,
    authenticator: &Authenticator,
    accounting: Arc<Accounting>,
) -> Result<InferenceCaller, GatewayError> {
    let caller = authenticate(request, &head(request), authenticator).await?;
    limited(caller, &accounting).await
}

/// Returns a caller with the limits that hold for it.
async fn limited(
    caller: Principal,
    accounting: &Arc<Accounting>,
) -> Result<InferenceCaller, GatewayError> {
    let limited = InferenceCaller::new(caller, accounting.clone()).await;
    limited.map_err(|error| gateway_error(unavailable(&error)))
}

fn head(request: &HttpRequest) -> Head {
    let mut head = xrpc_actix::head(request);
    extend_head(request, &mut head);
    head
}

async fn authenticate(
    request: &HttpRequest,
    head: &Head,
    authenticator: &Authenticator,
) -> Result<Principal, GatewayError> {
    let credential = credential(&head.headers)?;
    let caller = authenticator
        .authenticate_program(credential, DISPATCH, head)
        .await;
    let caller = caller.map_err(gateway_error)?;
    record_caller(request, caller.clone());
    Ok(caller)
}

/// The dialect of a route that both have: Anthropic's clients say of which version they are.
fn dialect(request: &HttpRequest) -> Dialect {
    match request.headers().contains_key("anthropic-version") {
        true => Dialect::Anthropic,
        false => Dialect::OpenAi,
    }
}

fn other_verb(request: &HttpRequest, dialect: Dialect, allow: &'static str) -> HttpResponse {
    let error = GatewayError::new(ErrorCode::MethodNotAllowed, format!("expected {allow}"));
    let allow = http::HeaderValue::from_static(allow);
    let error = error.with_header(http::header::ALLOW, allow);
    response(request, dialect, Err(error))
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    if request.method() == actix_web::http::Method::OPTIONS {
        return preflight(request).await;
    }
    let message = "there is no such route: see /documentation";
    let error = GatewayError::new(ErrorCode::NotFound, message);
    response(&request, dialect(&request), Err(error))
}
