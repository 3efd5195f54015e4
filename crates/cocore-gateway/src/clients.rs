//! The connections to upstreams. Each worker thread has its own: no call waits for another thread.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use crate::connector::Connector;
use crate::upstream::Upstream;

/// How long a connection is kept for a next call. Common servers close theirs after five seconds: a call that is sent at
/// that moment is lost.
const KEEP_ALIVE: Duration = Duration::from_secs(4);

pub(crate) type Client = HttpClient<Connector, Full<Bytes>>;

/// The clients of a worker thread, one for each upstream.
#[derive(Default)]
pub(crate) struct Clients(RefCell<Vec<(u64, Client)>>);

impl Clients {
    /// Returns the client for an upstream.
    pub(crate) fn of(&self, upstream: &Upstream) -> Client {
        let mut clients = self.0.borrow_mut();
        if let Some((_, client)) = clients.iter().find(|(id, _)| *id == upstream.id) {
            return client.clone();
        }
        let client = client(upstream.tls.clone(), upstream.settings.connect_timeout);
        clients.push((upstream.id, client.clone()));
        client
    }

    /// Drops the clients of upstreams that are no more.
    pub(crate) fn retain(&self, is_there: impl Fn(u64) -> bool) {
        self.0.borrow_mut().retain(|(id, _)| is_there(*id));
    }
}

fn client(tls: ClientConfig, connect_timeout: Duration) -> Client {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    HttpClient::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEEP_ALIVE)
        .build(Connector::new(connector, connect_timeout))
}
