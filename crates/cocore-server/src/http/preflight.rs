//! Preflights of routes that no cookie opens.

use actix_web::http::Method;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Route};
use http::{Response, StatusCode};

/// The route of the preflights of a resource.
pub(super) fn preflight_route() -> Route {
    web::method(Method::OPTIONS).to(preflight)
}

/// Answers the preflight of a page of any site: it may send a bearer credential, and never a cookie.
pub(super) async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    *answer.headers_mut() = xrpc_server::preflight_headers(&xrpc_actix::head(&request).headers);
    xrpc_actix::response(answer)
}
