//! The signals that stop a server, and those that do not.

use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

use cocore_gateway::Gateway;

use super::service_manager;
use crate::inference::reload_upstreams;

/// How long the last writes to the database may take at least.
const MIN_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Reads the file of upstreams again at each SIGHUP.
pub(super) async fn reload_at_hangup(upstreams: PathBuf, gateway: Arc<Gateway>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        // The same call has succeeded in `ignore_others`.
        return;
    };
    while hangups.recv().await.is_some() {
        reload_upstreams(upstreams.clone(), &gateway).await;
    }
}

/// Ignores SIGHUP, SIGUSR1 and SIGUSR2 from now on, whose default action ends a process: a closed terminal
/// or a log rotation is no reason to stop.
pub(super) fn ignore_others() -> io::Result<()> {
    let ignored = [
        SignalKind::hangup(),
        SignalKind::user_defined1(),
        SignalKind::user_defined2(),
    ];
    // The default action is replaced for as long as the process runs, even if the value is dropped.
    ignored
        .into_iter()
        .try_for_each(|kind| signal(kind).map(drop))
}

/// How long a stop may take: requests in flight, then the last writes to the database.
#[derive(Clone)]
pub(super) struct Shutdown {
    timeout: Duration,
    started: Arc<OnceLock<Instant>>,
}

impl Shutdown {
    /// A shutdown that may take this long, whenever it begins.
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            started: Arc::default(),
        }
    }

    /// Returns how long requests in flight may take, in whole seconds: a client that does not finish its
    /// request leaves time for the last writes.
    pub(super) fn requests_timeout(&self) -> u64 {
        (self.timeout * 3 / 5).as_secs()
    }

    /// Returns how long the last writes may take, counted from now.
    pub(super) fn flush_timeout(&self) -> Duration {
        let spent = self.started.get().map(Instant::elapsed).unwrap_or_default();
        let left = self.timeout.saturating_sub(spent);
        left.max(MIN_FLUSH_TIMEOUT)
    }

    /// Stops the server at the first SIGTERM, SIGINT or SIGQUIT. The second one terminates the process at
    /// once: what was acknowledged is on disk.
    pub(super) async fn run(self, mut signals: StopSignals, server: ServerHandle) {
        let _ = signals.next().await;
        let _ = self.started.set(Instant::now());
        service_manager::report_stopping();
        tracing::info!("stopping; another signal terminates the process at once");
        actix_web::rt::spawn(server.stop(true));
        let signal = signals.next().await;
        process::exit(128 + signal.as_raw_value());
    }
}

/// The signals that stop a server.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl StopSignals {
    /// Replaces their default action, which terminates the process.
    pub(super) fn register() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.quit.recv() => SignalKind::quit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_leave_time_for_the_last_writes() {
        for (timeout, requests) in [(1, 0), (2, 1), (10, 6), (60, 36)] {
            let shutdown = Shutdown::new(Duration::from_secs(timeout));
            assert_eq!(shutdown.requests_timeout(), requests);
            assert_eq!(shutdown.flush_timeout(), Duration::from_secs(timeout));
        }
        let over = Shutdown::new(Duration::ZERO);
        assert_eq!(over.flush_timeout(), MIN_FLUSH_TIMEOUT);
    }
}
