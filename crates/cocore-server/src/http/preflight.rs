//! Preflights of routes that no cookie opens.

use actix_web::{HttpRequest, HttpResponse};

use super::header_map::append;

/// Answers the preflight of a page of any site: it may send a bearer credential, and never a cookie.
pub(super) async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    let headers = xrpc_server::preflight_headers(&xrpc_actix::head(&request).headers);
    append(&mut answer, &headers);
    answer.finish()
}
