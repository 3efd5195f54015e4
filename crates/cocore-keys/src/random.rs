//! Randomness.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::error::StoreError;

/// A cryptographically secure source of random bytes. It is handed in, so that tests control it.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// The source is unavailable.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError>;
}

/// The random number generator of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let filled = SysRng.try_fill_bytes(bytes);
        filled.map_err(|error| {
            StoreError::unavailable(format!("the system's random numbers: {error}"))
        })
    }
}
