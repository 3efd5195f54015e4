use std::io::Read;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use futures_core::Stream;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use lexicon_runtime::media_type;

use crate::error::XrpcError;

/// Bytes that gzip adds at most to a body that cannot be compressed.
const GZIP_OVERHEAD: usize = 1024;
/// Bytes of a rejected body that are read and dropped, so that a client that sends all of it before it
/// reads gets the answer. A longer body loses the connection.
const MAX_DRAINED: usize = 32 * 1024 * 1024;

/// The end of a body that did not arrive whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The client stopped sending, or what it sent cannot be read.
    #[error("the body ended before it was complete")]
    Incomplete,
    /// The body did not arrive in time.
    #[error("expected a body within {} s", .limit.as_secs())]
    TimedOut {
        /// The time that it had.
        limit: Duration,
    },
}

/// Reads the body of a request that declares its media type as `declared`: an essence such as
/// `application/json`, or a glob such as `image/*` or `*/*`.
///
/// `limit` is in bytes after decoding. The content coding gzip is decoded, up to the limit. A body that is rejected by its head is read to its
/// end, up to 32 MiB, for the client to see the answer.
///
/// # Errors
/// 400 for another media type, an incomplete body or broken gzip; 408 for one that came too late; 413 for
/// one above the limit; 415 for an unknown content coding.
pub async fn read_body<B>(
    headers: &HeaderMap,
    declared: &str,
    limit: usize,
    body: B,
) -> Result<Vec<u8>, XrpcError>
where
    B: Stream<Item = Result<Bytes, BodyError>>,
{
    let checked = Coding::of(headers).and_then(|coding| {
        check_type(headers, declared)?;
        check_length(headers, coding, limit)?;
        Ok(coding)
    });
    let encoded_limit = match &checked {
        Ok(coding) => coding.encoded_limit(limit),
        Err(_) => 0,
    };
    let collected = collect(body, encoded_limit).await;
    let coding = checked?;
    let bytes = collected?.ok_or_else(|| XrpcError::payload_too_large(limit))?;
    match coding {
        Coding::Identity => Ok(bytes),
        Coding::Gzip => inflate(&bytes, limit),
    }
}

/// The content coding of a body.
#[derive(Clone, Copy)]
enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Result<Self, XrpcError> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        let (value, more) = (values.next(), values.next());
        let text = value.map(|value| value.to_str().unwrap_or_default().trim());
        match (text.map(str::to_ascii_lowercase).as_deref(), more) {
            (None | Some("identity"), None) => Ok(Self::Identity),
            (Some("gzip" | "x-gzip"), None) => Ok(Self::Gzip),
            _ => {
                let message = "input: expected the content encoding gzip, or none";
                Err(XrpcError::invalid_request(message)
                    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
            }
        }
    }

    /// The largest number of bytes before decoding.
    fn encoded_limit(self, limit: usize) -> usize {
        match self {
            Self::Identity => limit,
            Self::Gzip => limit.saturating_add(GZIP_OVERHEAD),
        }
    }
}

fn check_type(headers: &HeaderMap, declared: &str) -> Result<(), XrpcError> {
    let is_allowed = match headers.get(CONTENT_TYPE) {
        Some(value) => value
            .to_str()
            .is_ok_and(|found| media_type::matches(declared, found)),
        None => declared == "*/*",
    };
    if is_allowed {
        return Ok(());
    }
    let message = format!("input: expected the content type {declared}");
    Err(XrpcError::invalid_request(message))
}

fn check_length(headers: &HeaderMap, coding: Coding, limit: usize) -> Result<(), XrpcError> {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > coding.encoded_limit(limit) => {
            Err(XrpcError::payload_too_large(limit))
        }
        _ => Ok(()),
    }
}

/// Collects a body of at most `limit` bytes; `None` for a longer one, of which the rest is dropped.
async fn collect<B>(body: B, limit: usize) -> Result<Option<Vec<u8>>, XrpcError>
where
    B: Stream<Item = Result<Bytes, BodyError>>,
{
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await {
        let chunk = chunk.map_err(|error| match error {
            BodyError::Incomplete => XrpcError::invalid_request(format!("input: {error}")),
            BodyError::TimedOut { .. } => XrpcError::request_timeout(format!("input: {error}")),
        })?;
        length = length.saturating_add(chunk.len());
        if length <= limit {
            bytes.extend_from_slice(&chunk);
        } else if length > MAX_DRAINED.saturating_add(limit) {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    Ok((length <= limit).then_some(bytes))
}

/// Decodes gzip up to the limit, so that a bomb takes no more memory than a good body.
fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, XrpcError> {
    let mut plain = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(bytes)
        .take(bound)
        .read_to_end(&mut plain);
    read.map_err(|_| XrpcError::invalid_request("input: expected gzip, as declared"))?;
    if plain.len() > limit {
        return Err(XrpcError::payload_too_large(limit));
    }
    Ok(plain)
}
