//! Error answers, with the headers that belong to them.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use lexicon_runtime::{ErrorBody, Violations};

/// Seconds after which a client may try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An error answer: its name, its message, its status and headers.
#[derive(Debug)]
pub(super) struct ApiError {
    body: ErrorBody,
    status: Option<StatusCode>,
    /// The verbs that the method accepts.
    allow: Option<&'static str>,
}

impl ApiError {
    pub(super) fn new(error: &str, message: &str) -> Self {
        ErrorBody::new(error, Some(message.to_owned())).into()
    }

    /// Replaces the status that follows from the name.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// `MethodNotAllowed`: a known method called with a wrong verb.
    pub(super) fn wrong_verb(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new("MethodNotAllowed", &format!("expected the verb {allow}"))
        }
    }
}

impl From<ErrorBody> for ApiError {
    fn from(body: ErrorBody) -> Self {
        Self {
            body,
            status: None,
            allow: None,
        }
    }
}

impl From<Violations> for ApiError {
    fn from(violations: Violations) -> Self {
        ErrorBody::from(violations).into()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        let by_name = || StatusCode::from_u16(self.body.status());
        let status = self.status.map_or_else(by_name, Ok);
        status.unwrap_or(StatusCode::BAD_REQUEST)
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CACHE_CONTROL, NO_STORE));
        match status {
            StatusCode::UNAUTHORIZED => {
                answer.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                answer.insert_header((RETRY_AFTER, RETRY_SECONDS));
            }
            _ => {}
        }
        if let Some(allow) = self.allow {
            answer.insert_header((ALLOW, HeaderValue::from_static(allow)));
        }
        answer.json(&self.body)
    }
}

impl Responder for ApiError {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.error_response()
    }
}

/// An answer that no cache may store: it is about one account, and may hold a secret.
pub(super) fn no_store_response(content_type: Option<String>, bytes: Vec<u8>) -> HttpResponse {
    let content_type = content_type.and_then(|text| HeaderValue::from_str(&text).ok());
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, NO_STORE))
        .insert_header((CONTENT_TYPE, content_type.unwrap_or(JSON)))
        .body(bytes)
}
