//! What inference needs beside its routes: the file of upstreams, and memory for bodies.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cocore_gateway::{Gateway, Settings};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::Failure;

/// How often upstreams are asked for their models.
const MODELS_INTERVAL: Duration = Duration::from_secs(60);
/// The memory for bodies of calls, in KiB.
const BODY_MEMORY: usize = 256 * 1024;

/// Memory for the bodies of calls: whoever has many keys, or one that leaked, cannot take all of the server's.
pub struct BodyBudget(Arc<Semaphore>);

/// A part of that memory, until it is dropped.
pub struct BodyPermit(#[allow(dead_code)] OwnedSemaphorePermit);

impl Default for BodyBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BODY_MEMORY)))
    }
}

impl BodyBudget {
    /// Takes memory for so many bytes. `None`: there is none now.
    pub fn take(&self, bytes: usize) -> Option<BodyPermit> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let permit = self.0.clone().try_acquire_many_owned(kibibytes);
        permit.ok().map(BodyPermit)
    }
}

/// Reads the file of upstreams. Without one there are none.
///
/// # Errors
/// What is wrong with the file.
pub fn read_upstreams(path: Option<&Path>) -> Result<Settings, Failure> {
    let Some(path) = path else {
        return Ok(Settings::default());
    };
    Settings::read(path).map_err(|error| {
        let path = path.display();
        Failure::new(format!("--upstreams (COCORE_UPSTREAMS): {path}: {error}"))
    })
}

/// Reads the file again. A mistake in it leaves the upstreams in force that were.
pub async fn reload_upstreams(path: PathBuf, gateway: &Gateway) {
    let read = tokio::task::spawn_blocking(move || read_upstreams(Some(&path)));
    match read.await.map_err(Failure::new).flatten() {
        Ok(settings) => {
            gateway.replace(settings);
            tracing::info!("the file of upstreams is in force");
            gateway.find_models().await;
        }
        Err(error) => {
            tracing::error!(%error, "the upstreams stay as they were");
        }
    }
}

/// Asks upstreams for their models, now and again and again.
pub async fn find_models(gateway: Arc<Gateway>) {
    loop {
        gateway.find_models().await;
        tokio::time::sleep(MODELS_INTERVAL).await;
    }
}
