//! The login link: signs the operator in, once, on their own machine.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Random, StoreError};
use sha2::{Digest, Sha256};

/// The account that the link signs in.
pub const LOCAL_ACCOUNT: &str = "did:web:localhost";
/// How long the link is valid.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// A link that can be used once. Only the digest of its token is kept.
pub struct LoginLink {
    clock: Arc<dyn Clock>,
    unused: Mutex<Option<([u8; 32], DateTime<Utc>)>>,
}

impl LoginLink {
    /// Creates a link, and returns it with its token.
    ///
    /// # Errors
    /// The source of randomness is unavailable.
    pub fn new(clock: Arc<dyn Clock>, random: &dyn Random) -> Result<(Self, String), StoreError> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let expires_at = clock.now() + LIFETIME;
        let unused = Mutex::new(Some((digest(&token), expires_at)));
        Ok((Self { clock, unused }, token))
    }

    /// Uses the link up: true if this is its token, it has not expired, and it was not used before.
    pub fn redeem(&self, token: &str) -> bool {
        let now = self.clock.now();
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        // Digests need no comparison in constant time.
        unused
            .take_if(|(hash, expires_at)| *hash == digest(token) && now < *expires_at)
            .is_some()
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
