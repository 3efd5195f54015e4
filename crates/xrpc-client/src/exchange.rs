//! Sending a request, and sending it again.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use crate::error::{BoxError, TransportError};
use crate::request::Request;
use crate::retry::is_transient;
use crate::retry_after::retry_after;
use crate::settings::Settings;

/// The largest error body, in bytes.
const ERROR_LIMIT: usize = 64 * 1024;

/// A response that is not interpreted yet.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, or its beginning.
    pub(crate) body: Vec<u8>,
    /// Whether the body is longer than what is here.
    pub(crate) truncated: bool,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    Credential(BoxError),
    Transport(TransportError),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.into())
    }
}

/// Sends the request, and again while that may help, if it `may_be_repeated`.
pub(crate) async fn send(
    settings: &Settings,
    request: &Request,
    may_be_repeated: bool,
) -> Result<RawResponse, SendError> {
    let start = settings.timer.now();
    let elapsed = || settings.timer.now().saturating_duration_since(start);
    let (mut tries, mut timeout) = (0, settings.timeout);
    loop {
        let result = send_once(settings, request, timeout).await;
        tries += 1;
        let Some(transient) = transient(&result).filter(|_| may_be_repeated) else {
            return result;
        };
        let jitter = (settings.jitter)();
        let delay = settings
            .retry
            .delay(tries, elapsed(), transient.retry_after, jitter);
        let Some(delay) = delay else {
            return result;
        };
        settings.timer.sleep(delay).await;
        timeout = settings.timeout.min(settings.retry.remaining(elapsed()));
    }
}

/// A result that may be better next time.
struct Transient {
    retry_after: Option<Duration>,
}

fn transient(result: &Result<RawResponse, SendError>) -> Option<Transient> {
    let retry_after = match result {
        Ok(response) if is_transient(response.status) => retry_after(&response.headers),
        Err(SendError::Transport(error)) if error.is_retryable() => None,
        Ok(_) | Err(_) => return None,
    };
    Some(Transient { retry_after })
}

async fn send_once(
    settings: &Settings,
    request: &Request,
    timeout: Duration,
) -> Result<RawResponse, SendError> {
    let credential = settings.credential.header(request.call);
    let credential = tokio::time::timeout(timeout, credential).await;
    let credential = credential.unwrap_or_else(|elapsed| Err(elapsed.into()));
    let mut headers = HeaderMap::clone(&settings.headers);
    if let Some(credential) = credential.map_err(SendError::Credential)? {
        headers.insert(AUTHORIZATION, credential);
    }
    for (name, value) in &request.headers {
        headers.insert(name, value.clone());
    }
    let mut http_request = reqwest::Request::new(request.method.clone(), request.url.clone());
    *http_request.headers_mut() = headers;
    *http_request.timeout_mut() = Some(timeout);
    *http_request.body_mut() = request.body.clone().map(reqwest::Body::from);
    let mut response = settings.http.execute(http_request).await?;
    let limit = if response.status().is_success() {
        settings.response_limit
    } else {
        ERROR_LIMIT
    };
    Ok(read_response(&mut response, limit).await?)
}

/// Reads a response that is an error.
#[cfg(feature = "subscriptions")]
pub(crate) async fn read_error(
    response: &mut reqwest::Response,
) -> Result<RawResponse, reqwest::Error> {
    read_response(response, ERROR_LIMIT).await
}

async fn read_response(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<RawResponse, reqwest::Error> {
    let (body, truncated) = read(response, limit).await?;
    Ok(RawResponse {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
        truncated,
    })
}

/// Reads the body up to `limit` bytes, and returns whether there is more.
async fn read(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, true));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, false))
}
