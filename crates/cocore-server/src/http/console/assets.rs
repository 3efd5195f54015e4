//! The files that the pages load.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use xrpc_server::XrpcError;

use crate::http::api_error::ApiError;

/// Answers `/assets/NAME`.
pub(super) async fn asset(
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let asset = cocore_console::asset(&name);
    let asset = asset.ok_or_else(|| XrpcError::not_found("there is no such file"))?;
    let etag = asset.etag();
    let cached = request.headers().get(IF_NONE_MATCH);
    let is_cached = cached.is_some_and(|cached| cached.as_bytes() == etag.as_bytes());
    let mut answer = if is_cached {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((CONTENT_TYPE, asset.content_type))
        // Browsers revalidate it each time, and nearly always get a 304.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ETAG, etag));
    Ok(if is_cached {
        answer.finish()
    } else {
        answer.body(asset.body)
    })
}
