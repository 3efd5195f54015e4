//! The routes of inference: calls of language models by key or service-auth token, never by cookie. Sources of paths and
//! envelopes: OpenAI's and Anthropic's API references.

mod answer;
mod body;
mod credential;
mod errors;

use std::rc::Rc;
use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Scope};
use cocore_gateway::error::ErrorCode;
use cocore_gateway::{Caller as _, Dialect, GatewayError, Reply, Request, Route, Worker};

use super::access_log::{logged, record_caller};
use super::preflight::{preflight, preflight_route};
use super::request_id::RequestId;
use super::response_headers::CrossOrigin;
use super::route::{READ, WRITE, get, resource_named};
use crate::authentication::{Authenticator, Origin};
use crate::body_budget::BodyBudget;
use crate::errors::unavailable;
use crate::inference::{Accounting, InferenceCaller};
use crate::principal::Principal;
use crate::rate_limits::RateReport;
use answer::response;
use body::read_body;
use credential::credential;
use errors::gateway_error;

/// The method for which a caller needs a scope, or a token.
const DISPATCH: &str = "dev.cocore.inference.dispatch";
/// Where the routes are. The second is for clients of the older service.
pub(super) const ROOTS: [&str; 2] = ["/v1", "/api/v1"];
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

/// What answers the calls of a worker thread.
pub(super) struct Inference {
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) body_budget: Arc<BodyBudget>,
    pub(super) worker: Worker,
    pub(super) accounting: Arc<Accounting>,
}

/// The routes below `root`.
pub(super) fn scope(root: &str, inference: &Rc<Inference>) -> Scope {
    let scope = Route::ALL
        .into_iter()
        .fold(web::scope(root), |scope, route| {
            let inference = inference.clone();
            let call = move |request: HttpRequest, payload: Payload| {
                let inference = inference.clone();
                async move {
                    let reply = inference.call(route, &request, payload).await;
                    response(&request, route.dialect(), reply)
                }
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
    let models = {
        let inference = inference.clone();
        move |request: HttpRequest| {
            let inference = inference.clone();
            async move {
                let dialect = dialect(&request);
                response(&request, dialect, inference.models(&request, dialect).await)
            }
        }
    };
    let model = {
        let inference = inference.clone();
        move |request: HttpRequest, id: web::Path<String>| {
            let inference = inference.clone();
            async move {
                let dialect = dialect(&request);
                let reply = inference.model(&request, dialect, &id).await;
                response(&request, dialect, reply)
            }
        }
    };
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

impl Inference {
    /// Answers a call of a model: the scope of the caller is checked before the body is read, and the model after it.
    async fn call(
        &self,
        route: Route,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Reply, GatewayError> {
        let caller = self.authenticate(request).await?;
        self.worker.check_is_on()?;
        let permit = self.body_budget.hold(caller.did.as_str());
        let caller = self.limited(caller).await?;
        let max = self.worker.max_body();
        let (body, permit) = read_body(request.headers(), payload, max, permit).await?;
        let id = RequestId::find(request);
        let headers = request.headers().iter();
        let call = Request {
            route,
            headers: &mut headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
            body,
            request_id: id.as_deref(),
            held: Box::new(permit),
        };
        self.worker.call(call, &caller).await
    }

    /// Lists the models that the caller may use.
    async fn models(&self, request: &HttpRequest, dialect: Dialect) -> Result<Reply, GatewayError> {
        let caller = self.caller(request).await?;
        self.worker
            .models(dialect, |model| caller.may_use_model(model))
    }

    /// Shows a model that the caller may use.
    async fn model(
        &self,
        request: &HttpRequest,
        dialect: Dialect,
        id: &str,
    ) -> Result<Reply, GatewayError> {
        let caller = self.caller(request).await?;
        self.worker
            .model(dialect, id, |model| caller.may_use_model(model))
    }

    /// Authenticates a request that has no body.
    async fn caller(&self, request: &HttpRequest) -> Result<InferenceCaller, GatewayError> {
        let caller = self.authenticate(request).await?;
        self.limited(caller).await
    }

    /// Returns a caller with the limits that hold for it.
    async fn limited(&self, caller: Principal) -> Result<InferenceCaller, GatewayError> {
        let limited = InferenceCaller::new(caller, self.accounting.clone()).await;
        limited.map_err(|error| gateway_error(unavailable(&error)))
    }

    async fn authenticate(&self, request: &HttpRequest) -> Result<Principal, GatewayError> {
        let credential = credential(request.headers())?;
        let report = request.extensions().get::<RateReport>().cloned();
        let origin = Origin {
            client: xrpc_actix::client_address(request, self.authenticator.trusted_proxies),
            connection: request.conn_data(),
            report: report.as_ref(),
        };
        let caller = self
            .authenticator
            .authenticate_program(credential, DISPATCH, origin)
            .await;
        let caller = caller.map_err(gateway_error)?;
        record_caller(request, caller.clone());
        Ok(caller)
    }
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
