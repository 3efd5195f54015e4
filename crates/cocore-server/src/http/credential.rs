//! The credential of a request of actix.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::authentication::Credential;

pub(super) fn credential(request: &HttpRequest) -> Credential<'_> {
    let values = request.headers().get_all(AUTHORIZATION);
    Credential::parse(values.map(|value| value.as_bytes()))
}
