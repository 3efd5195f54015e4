//! The admin listener of a running server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;

use super::cannot_listen::cannot_listen;
use crate::connections::limits::Limits;
use crate::connections::registry::Registry;
use crate::connections::server::{self, Options};
use crate::failure::Failure;
use crate::http::admin::{self, AdminState};
use crate::state::AppState;
use crate::telemetry::RequestMetrics;

/// The most connections at a time: monitoring needs few.
pub(super) const MAX_CONNECTIONS: usize = 32;

const SETTING: &str = "--admin-listen";

/// The socket of the admin listener, which nothing serves yet.
pub(super) struct AdminListener {
    listener: TcpListener,
    /// The address as it was bound.
    pub(super) address: SocketAddr,
}

impl AdminListener {
    /// Binds an address.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(super) fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let failed = |error| cannot_listen(SETTING, address, &error);
        let listener = server::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Serves metrics and probes. `connections` are those of clients.
    ///
    /// # Errors
    /// The socket cannot be used.
    pub(super) fn serve(
        self,
        requests: RequestMetrics,
        state: &AppState,
        connections: Arc<Registry>,
    ) -> Result<Server, Failure> {
        let options = Options {
            limits: Limits::default(),
            registry: Registry::new(MAX_CONNECTIONS, false),
            workers: 1,
            shutdown_timeout: 0,
        };
        let admin = AdminState::new(requests, state, connections);
        let app = move || admin::app(admin.clone());
        server::serve(app, self.listener, options)
            .map_err(|error| cannot_listen(SETTING, self.address, &error))
    }
}
