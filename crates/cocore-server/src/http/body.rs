//! Bodies of requests: of the declared type, bounded before and after decoding.

use std::io::Read;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Payload};
use flate2::read::MultiGzDecoder;

use super::api_error::ApiError;

/// The largest body, after decoding, in bytes.
pub(super) const LIMIT: usize = 16 * 1024;
/// What gzip adds at most to a body that cannot be compressed.
const GZIP_OVERHEAD: usize = 1024;
/// How much of a body that is too large is read to the end, so that its sender, who may read no
/// answer before all is sent, gets one. A larger one loses the connection.
const DRAIN: usize = 32 * 1024 * 1024;
/// How long a body may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Reads a body of the type `declared`.
pub(super) async fn read(
    headers: &HeaderMap,
    payload: Payload,
    declared: &str,
) -> Result<Vec<u8>, ApiError> {
    let checked = Coding::of(headers).and_then(|coding| {
        check_type(headers, declared)?;
        check_length(headers, coding)?;
        Ok(coding)
    });
    let limit = match &checked {
        Ok(coding) => coding.limit(),
        Err(_) => 0,
    };
    let bytes = tokio::time::timeout(DEADLINE, collect(payload, limit)).await;
    let coding = checked?;
    let bytes = bytes.map_err(|_| {
        let seconds = DEADLINE.as_secs();
        ApiError::new(
            "RequestTimeout",
            &format!("input: expected a body within {seconds} s"),
        )
    })??;
    match coding {
        Coding::Plain => Ok(bytes),
        Coding::Gzip => inflate(&bytes),
    }
}

/// How a body is encoded for the way.
#[derive(Clone, Copy)]
enum Coding {
    Plain,
    Gzip,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut values = headers.get_all(CONTENT_ENCODING);
        let (value, more) = (values.next(), values.next());
        let text = value.map(|value| value.to_str().unwrap_or_default().trim());
        match (text.map(str::to_ascii_lowercase).as_deref(), more) {
            (None | Some("identity"), None) => Ok(Self::Plain),
            (Some("gzip" | "x-gzip"), None) => Ok(Self::Gzip),
            _ => {
                let message = "input: expected the content encoding gzip, or none";
                Err(ApiError::new("InvalidRequest", message)
                    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
            }
        }
    }

    /// The largest number of bytes on the way.
    fn limit(self) -> usize {
        match self {
            Self::Plain => LIMIT,
            Self::Gzip => LIMIT + GZIP_OVERHEAD,
        }
    }
}

/// Parameters of a content type do not count, nor does its case.
fn check_type(headers: &HeaderMap, declared: &str) -> Result<(), ApiError> {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let found = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if found.trim().eq_ignore_ascii_case(declared) || declared == "*/*" {
        return Ok(());
    }
    let message = format!("input: expected the content type {declared}");
    Err(ApiError::new("InvalidRequest", &message))
}

fn check_length(headers: &HeaderMap, coding: Coding) -> Result<(), ApiError> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > coding.limit() => Err(too_large()),
        _ => Ok(()),
    }
}

fn too_large() -> ApiError {
    let message = format!("input: expected at most {LIMIT} bytes");
    ApiError::new("PayloadTooLarge", &message)
}

/// Takes in a body, and lets what is beyond the limit pass by.
async fn collect(mut payload: Payload, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = next(&mut payload).await {
        let chunk = chunk.map_err(|_| {
            ApiError::new(
                "InvalidRequest",
                "input: the body ended before it was complete",
            )
        })?;
        seen += chunk.len();
        if seen <= limit {
            bytes.extend_from_slice(&chunk);
        } else if seen > DRAIN {
            break;
        }
    }
    if seen > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

async fn next(payload: &mut Payload) -> Option<Result<web::Bytes, actix_web::error::PayloadError>> {
    use futures_core::Stream;
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *payload).poll_next(context)).await
}

/// Decodes gzip up to the limit: a bomb costs no more memory than a good body.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut plain = Vec::new();
    let bound = LIMIT as u64 + 1;
    let read = MultiGzDecoder::new(bytes)
        .take(bound)
        .read_to_end(&mut plain);
    read.map_err(|_| ApiError::new("InvalidRequest", "input: expected gzip, as declared"))?;
    if plain.len() > LIMIT {
        return Err(too_large());
    }
    Ok(plain)
}
