//! Keys that are revoked, one after the other, while clients of another server use them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Call, Connection};
use crate::failure::Result;

/// Between the requests of a client, so that the processor is not what is measured.
const PAUSE: Duration = Duration::from_micros(100);

pub(crate) struct Revocations {
    secrets: Vec<String>,
    /// The number of the key that is used now.
    current: AtomicUsize,
    /// How many keys were rejected.
    rejected: AtomicUsize,
    /// When the last request that was accepted was sent, for each key.
    accepted: Mutex<Vec<Option<Instant>>>,
    is_done: AtomicBool,
}

/// A revocation that was answered.
pub(crate) struct Revoked {
    pub(crate) duration: Duration,
    pub(crate) answered: Instant,
    /// When the last request that the other server accepted was sent.
    pub(crate) accepted: Instant,
}

impl Revocations {
    pub(crate) fn new(secrets: Vec<String>) -> Self {
        Self {
            current: AtomicUsize::new(0),
            rejected: AtomicUsize::new(0),
            accepted: Mutex::new(vec![None; secrets.len()]),
            is_done: AtomicBool::new(false),
            secrets,
        }
    }

    /// Uses the current key, over and over, until all are revoked or something fails.
    pub(crate) fn use_keys(&self, address: &str) -> Result<()> {
        let used = self.try_use_keys(address);
        self.is_done.store(true, Ordering::SeqCst);
        used
    }

    fn try_use_keys(&self, address: &str) -> Result<()> {
        let mut connection = Connection::default();
        while !self.is_done.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
            let number = self.current.load(Ordering::SeqCst);
            let call = Call::new(address, "GET", "/auth/verify").key(&self.secrets[number]);
            let sent = Instant::now();
            match connection.send(&call)?.status {
                200 => {
                    let last = &mut self.accepted()[number];
                    *last = (*last).max(Some(sent));
                }
                401 => drop(self.rejected.fetch_max(number + 1, Ordering::SeqCst)),
                status => return Err(format!("/auth/verify: {status}").into()),
            }
        }
        Ok(())
    }

    /// Revokes each key as soon as it is in use, and goes on once it is rejected. It ends early if a
    /// client has failed, which then returns why.
    pub(crate) fn revoke(&self, revoke: impl FnMut(usize) -> Result<()>) -> Result<Vec<Revoked>> {
        let answered = self.try_revoke(revoke);
        self.is_done.store(true, Ordering::SeqCst);
        let accepted = self.accepted().clone();
        let answered = answered?.into_iter().zip(accepted);
        let revoked = answered.filter_map(|((duration, answered), accepted)| {
            Some(Revoked {
                duration,
                answered,
                accepted: accepted?,
            })
        });
        Ok(revoked.collect())
    }

    fn try_revoke(
        &self,
        mut revoke: impl FnMut(usize) -> Result<()>,
    ) -> Result<Vec<(Duration, Instant)>> {
        let mut answered = Vec::new();
        for number in 0..self.secrets.len() {
            self.current.store(number, Ordering::SeqCst);
            if !self.wait(|| self.accepted()[number].is_some()) {
                break;
            }
            let sent = Instant::now();
            revoke(number)?;
            let now = Instant::now();
            answered.push((now - sent, now));
            if !self.wait(|| self.rejected.load(Ordering::SeqCst) > number) {
                break;
            }
        }
        Ok(answered)
    }

    /// Waits until something is so. False: a client has failed.
    fn wait(&self, is_so: impl Fn() -> bool) -> bool {
        while !is_so() {
            if self.is_done.load(Ordering::SeqCst) {
                return false;
            }
            thread::sleep(PAUSE);
        }
        true
    }

    fn accepted(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
