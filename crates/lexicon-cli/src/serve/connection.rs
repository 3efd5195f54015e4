//! Connections: each has a deadline, and so has each part of a request.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lexicon_site::Site;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::directory::Directory;

/// How many connections are open. Others wait.
const CONNECTIONS: usize = 64;
/// The longest time from the last answer, or from the start of a connection, to the end of a head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time from the end of a head to the end of the body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time of a connection, in which a client takes its answers.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest head, in bytes.
const MAX_HEAD: usize = 32 * 1024;
/// How long the server waits when the system has no more file descriptors.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Accepts connections without end.
pub(super) async fn accept(listener: TcpListener, directory: Arc<Directory>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let directory = directory.clone();
                tokio::spawn(async move {
                    // A client that is too slow, or that hangs up, gets no more.
                    let _ = timeout(CONNECTION_TIMEOUT, connection(stream, directory)).await;
                    drop(place);
                });
            }
            Err(_) => sleep(RETRY_DELAY).await,
        }
    }
}

async fn connection(stream: TcpStream, directory: Arc<Directory>) -> hyper::Result<()> {
    let service = service_fn(move |request| {
        let directory = directory.clone();
        async move { Ok::<_, Infallible>(answer(directory, request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

async fn answer(directory: Arc<Directory>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, Site::MAX_BODY).collect();
    let body = match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return plain(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(Err(_)) => return plain(StatusCode::BAD_REQUEST),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT),
    };
    let request = Request::from_parts(head, body);
    // It reads files, and writes a page.
    let answered = tokio::task::spawn_blocking(move || {
        let site = directory.site();
        match request.uri().path().strip_prefix("/xrpc/") {
            Some(Site::RESOLVE_LEXICON) => site.resolve_lexicon(&request),
            Some(_) => not_implemented(),
            None => site.answer(&request),
        }
    });
    match answered.await {
        Ok(answer) => answer.map(Full::new),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The answer to the methods of the lexicons, of which there is no implementation here.
fn not_implemented() -> Response<Bytes> {
    let error = r#"{"error":"MethodNotImplemented","message":"this server shows lexicons, and implements none"}"#;
    let mut answer = Response::new(Bytes::from_static(error.as_bytes()));
    *answer.status_mut() = StatusCode::NOT_IMPLEMENTED;
    let json = http::HeaderValue::from_static("application/json");
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    answer
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let text = status.canonical_reason().unwrap_or_default();
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer
}
