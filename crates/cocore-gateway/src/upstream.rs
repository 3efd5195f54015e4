//! An upstream, and how many calls it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::Uri;
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::route::Route;
use crate::upstream_settings::UpstreamSettings;

/// An upstream of the settings that are in force.
#[derive(Debug)]
pub(crate) struct Upstream {
    /// Tells it from every other one that this process has had.
    pub(crate) id: u64,
    pub(crate) settings: UpstreamSettings,
    pub(crate) tls: ClientConfig,
    uris: [Uri; Route::ALL.len()],
    slots: Arc<Semaphore>,
}

impl Upstream {
    pub(crate) fn new(settings: UpstreamSettings, tls: ClientConfig) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            slots: Arc::new(Semaphore::new(settings.concurrency)),
            // The settings were checked: a base URL with a path is one.
            uris: Route::ALL.map(|route| settings.url_of(route.path()).parse().unwrap_or_default()),
            settings,
            tls,
        }
    }

    /// Whether it is the upstream of these settings, whatever else has changed.
    pub(crate) fn is_at(&self, settings: &UpstreamSettings) -> bool {
        self.settings.name == settings.name && self.settings.url == settings.url
    }

    /// Where it takes calls of a kind.
    pub(crate) fn uri(&self, route: Route) -> Uri {
        self.uris[route as usize].clone()
    }

    /// Takes a slot for a call, which has it until the permit is dropped. `None`: all are taken.
    pub(crate) fn take_slot(&self) -> Option<OwnedSemaphorePermit> {
        self.slots.clone().try_acquire_owned().ok()
    }

    /// How much of it is in use, in thousandths.
    pub(crate) fn load(&self) -> usize {
        let most = self.settings.concurrency;
        let used = most.saturating_sub(self.slots.available_permits());
        used * 1000 / most
    }
}
