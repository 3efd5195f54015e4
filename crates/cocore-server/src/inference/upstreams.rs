//! The file of upstreams, read at the start and at a signal, and their models.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cocore_gateway::{Gateway, Settings};

use crate::failure::Failure;

/// How often upstreams are asked for their models.
const MODELS_INTERVAL: Duration = Duration::from_secs(60);
/// How soon they are asked again while the models of one are not known.
const UNKNOWN_MODELS_INTERVAL: Duration = Duration::from_secs(5);

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

/// Reads the file again. A mistake in it leaves the upstreams as they were.
pub async fn reload_upstreams(path: PathBuf, gateway: &Gateway) {
    let read = tokio::task::spawn_blocking(move || read_upstreams(Some(&path)));
    let read = read.await.map_err(Failure::new).flatten();
    let replace = |settings| gateway.replace(settings).map_err(Failure::new);
    match read.and_then(replace) {
        Ok(()) => {
            tracing::info!("the file of upstreams was read again");
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
        let interval = match gateway.has_unknown_models() {
            true => UNKNOWN_MODELS_INTERVAL,
            false => MODELS_INTERVAL,
        };
        tokio::time::sleep(interval).await;
    }
}
