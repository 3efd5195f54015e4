//! The admin listener of a running server.

use std::sync::Arc;

use actix_web::dev::Server;

use super::cannot_listen::cannot_listen;
use crate::connections::limits::Limits;
use crate::connections::listener::Listener;
use crate::connections::registry::Registry;
use crate::connections::server::{self, Options};
use crate::failure::Failure;
use crate::http::admin::{self, AdminState};
use crate::listen::ListenAddress;
use crate::state::AppState;
use crate::telemetry::RequestMetrics;

/// The most connections at a time: monitoring needs few.
pub(super) const MAX_CONNECTIONS: usize = 32;

const SETTING: &str = "--admin-listen";

/// Binds the address of the admin listener.
///
/// # Errors
/// The address cannot be bound.
pub(super) fn bind(address: &ListenAddress) -> Result<Listener, Failure> {
    Listener::bind(address).map_err(|error| cannot_listen(SETTING, address, &error))
}

/// Serves metrics and probes. `connections` are those of clients.
///
/// # Errors
/// The socket cannot be used.
pub(super) fn serve(
    listener: Listener,
    requests: RequestMetrics,
    state: &AppState,
    connections: Arc<Registry>,
) -> Result<Server, Failure> {
    let address = listener.address().clone();
    let options = Options {
        limits: Limits::default(),
        registry: Registry::new(MAX_CONNECTIONS, false),
        workers: 1,
        shutdown_timeout: 0,
        heartbeats: None,
    };
    let admin = AdminState::new(requests, state, connections);
    let app = move || admin::app(admin.clone());
    server::serve(app, listener, options).map_err(|error| cannot_listen(SETTING, &address, &error))
}
