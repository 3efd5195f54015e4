//! A response as the output or the error of a method.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, StatusCode};
use lexicon_runtime::{
    Body, ErrorBody, MethodError, Options, Violations, XrpcMethod, json, media_type,
};

use crate::error::{CallError, ErrorResponse, InvalidResponse, UnexpectedStatus};
use crate::exchange::RawResponse;
use crate::settings::{Settings, Validation};

/// The output of a call, and what came with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<T> {
    /// The body.
    pub output: T,
    /// The status: 2xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The constraints that the body breaks, with [`Validation::Lenient`].
    pub violations: Option<Violations>,
}

/// Interprets the response to a call of `M`.
pub(crate) fn interpret<M: XrpcMethod>(
    settings: &Settings,
    raw: RawResponse,
) -> Result<Response<M::Output>, CallError<M::Error>> {
    if !raw.status.is_success() {
        return Err(error(raw));
    }
    let content_type = header(&raw.headers, &CONTENT_TYPE).map(str::to_owned);
    if let Some(declared) = M::OUTPUT_ENCODING {
        let fault = check(declared, content_type.as_deref(), &raw, settings);
        fault.map_err(CallError::InvalidResponse)?;
    }
    let content_type = content_type.as_deref();
    let decoded = match settings.validation {
        Validation::Strict => M::Output::decode("output", content_type, raw.body, M::BODY_OPTIONS)
            .map(|output| (output, None)),
        Validation::Lenient => {
            M::Output::decode_lenient("output", content_type, raw.body, M::BODY_OPTIONS)
        }
    };
    let (output, violations) = decoded
        .map_err(|violations| CallError::InvalidResponse(InvalidResponse::Schema(violations)))?;
    Ok(Response {
        output,
        status: raw.status,
        headers: raw.headers,
        violations,
    })
}

/// Checks everything but the content of a body of type `declared`.
fn check(
    declared: &'static str,
    content_type: Option<&str>,
    raw: &RawResponse,
    settings: &Settings,
) -> Result<(), InvalidResponse> {
    if raw.truncated {
        return Err(InvalidResponse::TooLarge {
            limit: settings.response_limit,
        });
    }
    // An image may be empty; JSON may not, and has its content type.
    if raw.body.is_empty() && content_type.is_none() {
        return Err(InvalidResponse::Empty { expected: declared });
    }
    if !content_type.is_some_and(|found| media_type::matches(declared, found)) {
        return Err(InvalidResponse::ContentType {
            expected: declared,
            found: content_type.map(str::to_owned),
        });
    }
    if raw.body.is_empty() && media_type::matches("application/json", declared) {
        return Err(InvalidResponse::Empty { expected: declared });
    }
    match header(&raw.headers, &CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding.eq_ignore_ascii_case("identity") => Ok(()),
        Some(coding) => Err(InvalidResponse::ContentCoding(coding.to_owned())),
    }
}

/// Interprets a response with a status other than 2xx.
pub(crate) fn error<E: MethodError>(raw: RawResponse) -> CallError<E> {
    let request_id = header(&raw.headers, &REQUEST_ID).map(str::to_owned);
    let body = json::decode::<ErrorBody>("error", &raw.body, Options::ANY_JSON);
    match body {
        Ok(body) if E::NAMES.contains(&&body.error[..]) => CallError::Declared(body.into()),
        Ok(body) => CallError::Xrpc(Box::new(ErrorResponse {
            status: raw.status,
            error: body.error,
            message: body.message,
            headers: raw.headers,
            request_id,
        })),
        Err(_) => CallError::UnexpectedStatus(Box::new(UnexpectedStatus {
            status: raw.status,
            headers: raw.headers,
            body: raw.body,
            request_id,
        })),
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn header<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Option<&'r str> {
    headers.get(name)?.to_str().ok()
}
