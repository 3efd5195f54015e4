#![doc = include_str!("../README.md")]

/// Types and checks of the lexicons, written by `lexicon codegen`.
#[rustfmt::skip]
pub mod generated;
pub mod service;
pub mod tokens;

use std::{io, net::TcpListener, sync::Arc};

use service::Weather;
use tokens::Tokens;
use xrpc_server::Server;

/// Serves by actix-web until the process ends.
pub async fn serve_by_actix(listener: TcpListener, tokens: Tokens) -> io::Result<()> {
    let server = Arc::new(Server::new(generated::routes, Weather::default(), tokens));
    let app = move || actix_web::App::new().service(xrpc_actix::service(server.clone()));
    let running = actix_web::HttpServer::new(app).listen(listener)?.run();
    running.await
}

/// Serves by axum until the process ends, without the subscription.
pub async fn serve_by_axum(listener: TcpListener, tokens: Tokens) -> io::Result<()> {
    let server = Arc::new(Server::new(generated::routes, Weather::default(), tokens));
    let app = axum::Router::new().nest_service("/xrpc", xrpc_axum::service(server));
    listener.set_nonblocking(true)?;
    axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await
}
