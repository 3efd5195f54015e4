//! The HTTP server: its sockets, its worker threads, and actix on limited connections.

use std::future::{Future, ready};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol, Request, Response};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::net::{TcpStream, UnixStream};
use tokio::io::{AsyncRead, AsyncWrite};

use super::heartbeats::Heartbeats;
use super::limits::Limits;
use super::listener::{Listener, Socket};
use super::registry::Registry;
use super::stream::LimitedStream;

/// How long the rest of an unread body is read and dropped after the answer, for the client to see it.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The most worker threads that actix allows.
const MAX_WORKERS: usize = 512;

/// How the server treats connections.
#[derive(Clone)]
pub struct Options {
    /// The limits of each connection.
    pub limits: Limits,
    /// The open connections.
    pub registry: Arc<Registry>,
    /// The number of worker threads.
    pub workers: usize,
    /// How long requests in flight may take when the server stops, in seconds.
    pub shutdown_timeout: u64,
    /// Where each worker thread shows that it makes progress, if anyone looks at it.
    pub heartbeats: Option<Heartbeats>,
}

/// Returns the number of worker threads: one for each processor.
pub fn workers() -> usize {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    processors.min(MAX_WORKERS)
}

/// Serves an application on a socket.
///
/// # Errors
/// The socket cannot be used.
pub fn serve<A, S, B>(
    app: impl Fn() -> A + Clone + Send + 'static,
    listener: Listener,
    options: Options,
) -> io::Result<Server>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = Error, InitError = ()> + 'static,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    // The registry makes room before this is reached.
    let most_of_worker = options.registry.capacity().div_ceil(options.workers);
    let builder = Server::build()
        .workers(options.workers)
        .max_concurrent_connections(most_of_worker)
        .shutdown_timeout(options.shutdown_timeout)
        .disable_signals();
    let shutdown = builder.graceful_shutdown_signal();
    let shutdown = move || {
        let shutdown = shutdown.clone();
        async move { shutdown.notified().await }
    };
    let builder = match listener.socket {
        Socket::Tcp(listener) => {
            let service = move || {
                let peer = |stream: &TcpStream| {
                    // Events go out when they are ready: nothing waits for the acknowledgement of what went before.
                    let _ = stream.set_nodelay(true);
                    stream.peer_addr().ok()
                };
                connections(
                    app().into_factory(),
                    options.clone(),
                    shutdown.clone(),
                    peer,
                )
            };
            builder.listen("http", listener, service)?
        }
        Socket::Unix(listener) => {
            let service = move || {
                let peer = |_: &UnixStream| None;
                connections(
                    app().into_factory(),
                    options.clone(),
                    shutdown.clone(),
                    peer,
                )
            };
            builder.listen_uds("http", listener, service)?
        }
    };
    Ok(builder.run())
}

/// Serves an application on the connections of one worker thread.
fn connections<S, B, C, F>(
    app: S,
    options: Options,
    shutdown: impl Fn() -> F + 'static,
    peer: impl Fn(&C) -> Option<SocketAddr> + Clone + 'static,
) -> impl ServiceFactory<C, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    S: ServiceFactory<Request, Config = AppConfig, Error = Error, InitError = ()> + 'static,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
    C: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = ()> + 'static,
{
    if let Some(heartbeats) = &options.heartbeats {
        heartbeats.begin();
    }
    let app = app.map_err(|error: Error| error.as_response_error().error_response());
    let http = HttpService::build()
        .graceful_shutdown_signal(shutdown)
        // The limits of the connection replace these.
        .keep_alive(KeepAlive::Os)
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        // A client that has left is noticed while its answer is made: an upstream may be at work for it.
        .h1_allow_half_closed(false)
        .on_connect_ext(|stream: &LimitedStream<C>, data| {
            data.insert(stream.connection());
        })
        .finish(map_config(app, |()| AppConfig::default()));
    let Options {
        registry, limits, ..
    } = options;
    let limited = fn_service(move |stream: C| {
        let peer = peer(&stream);
        let stream = LimitedStream::new(stream, registry.open(peer), limits);
        ready(Ok((stream, Protocol::Http1, peer)))
    });
    limited.and_then(http)
}
