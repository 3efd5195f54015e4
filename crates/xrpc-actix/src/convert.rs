use std::net::IpAddr;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use xrpc_server::Head;

/// The head of a request. Actix has the types of `http` 0.2, `xrpc-server` those of `http` 1.
pub fn head(request: &HttpRequest) -> Head {
    // Both crates have the same grammar of verbs and targets.
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
    let target = request.uri().path_and_query();
    let uri = target.and_then(|target| Uri::try_from(target.as_str()).ok());
    let mut head = Head::new(method, uri.unwrap_or_default());
    head.peer = request.peer_addr();
    head.headers = headers(request.headers());
    head
}

/// The client's address, behind `trusted_proxies` proxies: see [`Head::client_address`].
pub fn client_address(request: &HttpRequest, trusted_proxies: usize) -> Option<IpAddr> {
    let values = request.headers().get_all(header::X_FORWARDED_FOR);
    let values = values.map(header::HeaderValue::as_bytes);
    xrpc_server::client_address(request.peer_addr(), values, trusted_proxies)
}

fn headers(from: &header::HeaderMap) -> HeaderMap {
    let mut to = HeaderMap::with_capacity(from.len());
    for (name, value) in from {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            to.append(name, value);
        }
    }
    to
}

/// The answer to a request.
pub fn response(from: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = from.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut to = HttpResponse::with_body(status, body).map_into_boxed_body();
    for (name, value) in &parts.headers {
        let name = header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = header::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            to.headers_mut().append(name, value);
        }
    }
    to
}
