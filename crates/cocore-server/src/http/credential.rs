//! The credential of a request of actix, and that it was found valid.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::authentication::Credential;
use crate::connections::registry::Connection;

pub(super) fn credential(request: &HttpRequest) -> Credential<'_> {
    let values = request.headers().get_all(AUTHORIZATION);
    Credential::parse(values.map(|value| value.as_bytes()))
}

/// Records with the connection that a request on it was authenticated.
pub(super) fn set_authenticated(request: &HttpRequest) {
    if let Some(connection) = request.conn_data::<Connection>() {
        connection.set_authenticated();
    }
}
