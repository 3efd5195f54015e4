//! The HTTP server: its sockets, its worker threads, and actix on limited connections.

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol, Request, Response};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::net::{TcpSocket, TcpStream};

use super::limits::Limits;
use super::registry::Registry;
use super::stream::LimitedStream;

/// Connections that may wait until the server accepts them. The operating system may have a lower limit.
const BACKLOG: u32 = 1024;
/// How much of an answer the operating system keeps for a client, in bytes. It would keep megabytes, and the
/// server could not see for minutes whether a slow client takes anything.
const SEND_BUFFER: u32 = 128 * 1024;
/// How long the rest of an unread body is read and dropped after the answer, for the client to see it.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The most worker threads that actix allows.
const MAX_WORKERS: usize = 512;

/// How the server treats connections.
pub struct Options {
    /// The limits of each connection.
    pub limits: Limits,
    /// The open connections.
    pub registry: Arc<Registry>,
    /// The number of worker threads.
    pub workers: usize,
    /// How long requests in flight may take when the server stops, in seconds.
    pub shutdown_timeout: u64,
}

/// Returns the number of worker threads: one for each processor.
pub fn workers() -> usize {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    processors.min(MAX_WORKERS)
}

/// Binds an address.
///
/// # Errors
/// The address cannot be bound.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A server that restarts need not wait for the connections of the last one.
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves an application on a socket.
///
/// # Errors
/// The socket cannot be used.
pub fn serve<A, S, B>(
    app: impl Fn() -> A + Clone + Send + 'static,
    listener: TcpListener,
    options: Options,
) -> io::Result<Server>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = Error, InitError = ()> + 'static,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let Options {
        limits,
        registry,
        workers,
        shutdown_timeout,
    } = options;
    // The registry makes room before this is reached.
    let most_of_worker = registry.capacity().div_ceil(workers);
    let builder = Server::build();
    let shutdown = builder.graceful_shutdown_signal();
    let service = move || {
        let app = app().into_factory();
        let app = app.map_err(|error: Error| error.as_response_error().error_response());
        let shutdown = shutdown.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let shutdown = shutdown.clone();
                async move { shutdown.notified().await }
            })
            // The limits of the connection replace these.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|stream: &LimitedStream<TcpStream>, data| {
                data.insert(stream.connection());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let registry = registry.clone();
        let limited = fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            let stream = LimitedStream::new(stream, registry.open(peer), limits);
            ready(Ok((stream, Protocol::Http1, peer)))
        });
        limited.and_then(http)
    };
    let builder = builder
        .workers(workers)
        .max_concurrent_connections(most_of_worker)
        .shutdown_timeout(shutdown_timeout)
        .disable_signals()
        .listen("http", listener, service)?;
    Ok(builder.run())
}
