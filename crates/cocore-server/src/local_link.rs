//! A link that signs the operator in, once, on their own machine.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Random, StoreError};
use sha2::{Digest, Sha256};

/// The account that it signs in.
pub const LOCAL_ACCOUNT: &str = "did:web:localhost";
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// What is kept of the link: enough to know it when it comes back.
pub struct LocalLink {
    clock: Arc<dyn Clock>,
    left: Mutex<Option<([u8; 32], DateTime<Utc>)>>,
}

impl LocalLink {
    /// A new link, and the token in it.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new(clock: Arc<dyn Clock>, random: &dyn Random) -> Result<(Self, String), StoreError> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let until = clock.now() + LIFE;
        let left = Mutex::new(Some((digest(&token), until)));
        Ok((Self { clock, left }, token))
    }

    /// Whether this is the link's token, in time and for the first time.
    pub fn take(&self, token: &str) -> bool {
        let now = self.clock.now();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // Of digests, a comparison that ends early tells nothing.
        left.take_if(|(hash, until)| *hash == digest(token) && now < *until)
            .is_some()
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
