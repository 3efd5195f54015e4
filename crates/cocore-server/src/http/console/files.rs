//! The files that the pages load.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::answer::Refusal;

/// Answers `/assets/NAME`.
pub(super) async fn file(
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let asset = cocore_console::asset(&name);
    let asset = asset.ok_or_else(|| Refusal::new("NotFound", "there is no such file"))?;
    let etag = asset.etag();
    let known = request.headers().get(IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut answer = match is_known {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    answer
        .insert_header((CONTENT_TYPE, asset.content_type))
        // Always asked for again, and seldom sent.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ETAG, etag));
    Ok(match is_known {
        true => answer.finish(),
        false => answer.body(asset.body),
    })
}
