//! Answers: their headers, and what is not sent again.

use askama::Template;
use bytes::Bytes;
use http::header::{
    self, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::assets::CONTENT_SECURITY_POLICY;

pub(crate) type Answer = Response<Bytes>;

/// Other sites may read what is for programs.
const OPEN: [(HeaderName, HeaderValue); 2] = [
    (
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    ),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("etag"),
    ),
];

/// An answer with the headers of every one.
pub(crate) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-cache"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// An answer that other sites may read too.
pub(crate) fn open(answer: Answer) -> Answer {
    let mut answer = answer;
    answer.headers_mut().extend(OPEN);
    answer
}

fn page(status: StatusCode, html: String) -> Answer {
    answer(status, "text/html; charset=utf-8", html)
}

pub(crate) fn json_answer(status: StatusCode, value: &Value) -> Answer {
    open(answer(status, "application/json", value.to_string()))
}

pub(crate) fn render(status: StatusCode, template: &impl Template) -> Answer {
    match template.render() {
        Ok(html) => page(status, html),
        // The formatter failed, which does not happen for a string.
        Err(error) => page(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// An error, as XRPC has them.
pub(crate) fn error(status: StatusCode, name: &str, message: &str) -> Answer {
    json_answer(status, &json!({ "error": name, "message": message }))
}

pub(crate) fn redirect(to: &str) -> Answer {
    let mut answer = answer(
        StatusCode::PERMANENT_REDIRECT,
        "text/plain; charset=utf-8",
        "",
    );
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(header::LOCATION, to);
    }
    answer
}

/// The method is not one of those that the path has.
pub(crate) fn method_not_allowed(allowed: &'static str) -> Answer {
    let mut answer = error(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        &format!("the methods of this path are {allowed}"),
    );
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// The answer to a browser that asks whether another site may send a request.
pub(crate) fn preflight(allowed: &'static str) -> Answer {
    let mut answer = open(answer(
        StatusCode::NO_CONTENT,
        "text/plain; charset=utf-8",
        "",
    ));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, allowed),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "content-type, if-none-match",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Gives an answer its tag, or has it say that the client's copy is current.
pub(crate) fn tagged(request: &Request<Bytes>, tag: &str, answer: Answer) -> Answer {
    let mut answer = answer;
    let tag = format!("\"{tag}\"");
    let lists = request.headers().get_all(IF_NONE_MATCH).iter();
    let lists = lists.filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    let is_current = tags.any(|sent| sent == "*" || sent.trim_start_matches("W/") == tag);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    if is_current {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer.headers_mut().remove(CONTENT_TYPE);
        *answer.body_mut() = Bytes::new();
    }
    answer
}

/// The tag of bytes that have no CID: FNV-1a, which is enough to distinguish versions.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Leaves out the body of an answer to HEAD, whose length its head keeps.
pub(crate) fn for_method(method: &Method, answer: Answer) -> Answer {
    let mut answer = answer;
    if method == Method::HEAD {
        let length = answer.body().len();
        if answer.status() != StatusCode::NOT_MODIFIED {
            answer
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length.into());
        }
        *answer.body_mut() = Bytes::new();
    }
    answer
}
