//! The signing keys of issuers, from their DID documents, with a cache.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atproto_resolver::{Did, PublicKey, ResolveError, Resolver};
use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::error::ServiceAuthError;

/// How often a look-up that waits for its turn tries again.
const QUEUE_INTERVAL: Duration = Duration::from_millis(100);

/// Bounds of a [`KeyResolver`]. How many look-ups run at a time is a setting of its [`Resolver`].
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a key is cached.
    pub key_lifetime: Duration,
    /// How long it is cached that an issuer has no key, or that its host cannot be reached.
    pub missing_lifetime: Duration,
    /// How long it is cached that the directory cannot be reached.
    pub failure_lifetime: Duration,
    /// The time between two look-ups of one DID that bad signatures cause.
    pub refresh_interval: Duration,
    /// How many DIDs are cached.
    pub max_entries: usize,
    /// How long a look-up waits for its turn.
    pub queue_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            key_lifetime: Duration::from_secs(600),
            missing_lifetime: Duration::from_secs(30),
            failure_lifetime: Duration::from_secs(1),
            refresh_interval: Duration::from_secs(30),
            max_entries: 50_000,
            queue_timeout: Duration::from_secs(2),
        }
    }
}

/// Finds the signing key of an account, and caches it.
pub struct KeyResolver {
    resolver: Resolver,
    limits: Limits,
    clock: Arc<dyn Clock>,
    cache: Cache<Did, Arc<Entry>>,
    counters: LookupCounters,
}

/// The look-ups of DID documents that a resolver has made, by outcome. What was found in its cache is no look-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookupCounts {
    /// The document has a signing key.
    pub found: u64,
    /// There is no document, or it has no signing key.
    pub missing: u64,
    /// The directory or the host could not be asked.
    pub failed: u64,
    /// The look-up was not made: too many were in flight. It may be made later for the same token.
    pub busy: u64,
}

#[derive(Default)]
struct LookupCounters {
    found: AtomicU64,
    missing: AtomicU64,
    failed: AtomicU64,
    busy: AtomicU64,
}

impl LookupCounters {
    fn count(&self, outcome: &Result<Result<PublicKey, LookupError>, Busy>) {
        let counter = match outcome {
            Ok(Ok(_)) => &self.found,
            Ok(Err(LookupError::NoKey(_))) => &self.missing,
            Ok(Err(LookupError::Failed(_))) => &self.failed,
            Err(Busy) => &self.busy,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for KeyResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("KeyResolver");
        debug.field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Why a look-up found no key.
#[derive(Clone, Debug)]
enum LookupError {
    /// The directory or the host answered, and there is no key.
    NoKey(ServiceAuthError),
    /// The directory or the host could not be asked.
    Failed(ServiceAuthError),
}

/// The error for a look-up that was not made, since too many are running.
#[derive(Clone, Copy, Debug)]
struct Busy;

impl From<Busy> for ServiceAuthError {
    fn from(_: Busy) -> Self {
        Self::Unavailable("too many issuers are being looked up: try again soon".into())
    }
}

#[derive(Debug)]
struct Entry {
    found: Result<PublicKey, LookupError>,
    /// By the steady clock.
    looked_up_at: Duration,
    /// When a bad signature last caused a look-up, by the steady clock.
    refreshed_at: Option<Duration>,
    /// Callers that refresh the same key wait for each other.
    refresh_lock: Mutex<()>,
}

/// The signing key of an account.
pub(crate) struct SigningKey {
    pub(crate) key: PublicKey,
    /// Whether it was looked up for the caller, not before.
    pub(crate) is_new: bool,
    entry: Arc<Entry>,
}

impl KeyResolver {
    /// Creates a resolver with an empty cache.
    pub fn new(resolver: Resolver, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            resolver,
            clock,
            cache: Cache::new(limits.max_entries),
            limits,
            counters: LookupCounters::default(),
        }
    }

    /// Returns how many look-ups were made.
    pub fn lookup_counts(&self) -> LookupCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LookupCounts {
            found: read(&self.counters.found),
            missing: read(&self.counters.missing),
            failed: read(&self.counters.failed),
            busy: read(&self.counters.busy),
        }
    }

    /// Returns the signing key of a DID, on behalf of a client. Callers that ask for the same DID share one
    /// look-up and its result.
    pub(crate) async fn signing_key(
        &self,
        did: &Did,
        client: Option<IpAddr>,
    ) -> Result<SigningKey, ServiceAuthError> {
        // A DID that cannot be resolved takes no place in the cache.
        self.check_supported(did)?;
        let began_at = self.clock.steady();
        let mut waited = Duration::ZERO;
        loop {
            self.cache.remove_if(did, |entry| !self.is_fresh(entry));
            let looked_up_at = self.clock.steady();
            let look_up = async {
                // A client without room leaves no trace in the cache: the next caller may have room.
                let found = self.look_up(did, client).await?;
                Ok::<_, Busy>(Arc::new(Entry::new(found, looked_up_at, None)))
            };
            let entry = match self.cache.get_or_insert_async(did, look_up).await {
                Ok(entry) => entry,
                Err(Busy) if waited >= self.limits.queue_timeout => return Err(Busy.into()),
                Err(Busy) => {
                    sleep(QUEUE_INTERVAL).await;
                    waited += QUEUE_INTERVAL;
                    continue;
                }
            };
            return match &entry.found {
                Ok(key) => Ok(SigningKey {
                    key: key.clone(),
                    is_new: entry.looked_up_at >= began_at,
                    entry,
                }),
                Err(LookupError::NoKey(error) | LookupError::Failed(error)) => Err(error.clone()),
            };
        }
    }

    /// Looks a key up again after a signature that does not fit `old`. Returns `None` if the account has no
    /// other key, or was looked up less than `refresh_interval` ago.
    pub(crate) async fn refreshed_signing_key(
        &self,
        did: &Did,
        old: &SigningKey,
        client: Option<IpAddr>,
    ) -> Result<Option<PublicKey>, ServiceAuthError> {
        let SigningKey { key, entry, .. } = old;
        let other = |found: &Result<PublicKey, LookupError>| {
            let found = found.as_ref().ok();
            found.filter(|found| *found != key).cloned()
        };
        let _guard = entry.refresh_lock.lock().await;
        if let Some(current) = self.cache.get(did)
            && !Arc::ptr_eq(&current, entry)
        {
            // It was looked up in the meantime.
            return Ok(other(&current.found));
        }
        let now = self.clock.steady();
        let is_recent = |at: Duration| now.saturating_sub(at) < self.limits.refresh_interval;
        if entry.refreshed_at.is_some_and(is_recent) {
            return Ok(None);
        }
        let (found, looked_up_at) = match self.look_up(did, client).await? {
            // A host that is down for a moment has not changed its key.
            Err(LookupError::Failed(_)) => (entry.found.clone(), entry.looked_up_at),
            found => (found, now),
        };
        let refreshed = other(&found);
        let entry = Entry::new(found, looked_up_at, Some(now));
        self.cache.insert(did.clone(), Arc::new(entry));
        Ok(refreshed)
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        let lifetime = match entry.found {
            Ok(_) => self.limits.key_lifetime,
            Err(LookupError::Failed(ServiceAuthError::Unavailable(_))) => {
                self.limits.failure_lifetime
            }
            Err(_) => self.limits.missing_lifetime,
        };
        self.clock.steady().saturating_sub(entry.looked_up_at) < lifetime
    }

    fn check_supported(&self, did: &Did) -> Result<(), ServiceAuthError> {
        let expected = if did.method() == "plc" {
            "`iss`: a did:plc has 24 characters of base32"
        } else {
            "`iss`: a did:web is a public host name without a path"
        };
        match self.resolver.document_url(did) {
            Ok(_) => Ok(()),
            Err(_) => Err(ServiceAuthError::BadIssuer(expected.into())),
        }
    }

    async fn look_up(
        &self,
        did: &Did,
        client: Option<IpAddr>,
    ) -> Result<Result<PublicKey, LookupError>, Busy> {
        let outcome = self.fetch_key(did, client).await;
        self.counters.count(&outcome);
        outcome
    }

    async fn fetch_key(
        &self,
        did: &Did,
        client: Option<IpAddr>,
    ) -> Result<Result<PublicKey, LookupError>, Busy> {
        let no_key = |text: String| LookupError::NoKey(ServiceAuthError::BadIssuer(text.into()));
        let resolver = self.resolver.on_behalf_of(client);
        Ok(match resolver.resolve_did(did).await {
            Ok(document) => {
                let key = document
                    .signing_key()
                    .and_then(PublicKey::from_verification_key);
                key.ok_or_else(|| {
                    let text = "the issuer's DID document has no key `#atproto` of a known kind";
                    no_key(text.to_owned())
                })
            }
            Err(error) if error.is_busy() => return Err(Busy),
            Err(ResolveError::Http(error)) => Err(LookupError::Failed(if did.method() == "plc" {
                let text = format!("the PLC directory does not answer: {error}");
                ServiceAuthError::Unavailable(text.into())
            } else {
                // Without the cause: with it, a caller could map the server's network.
                let text = "the issuer's DID document cannot be fetched";
                ServiceAuthError::BadIssuer(text.into())
            })),
            Err(ResolveError::InvalidDocument { source, .. }) => Err(no_key(source.to_string())),
            Err(_) => Err(no_key("the issuer has no DID document".to_owned())),
        })
    }
}

impl Entry {
    fn new(
        found: Result<PublicKey, LookupError>,
        looked_up_at: Duration,
        refreshed_at: Option<Duration>,
    ) -> Self {
        Self {
            found,
            looked_up_at,
            refreshed_at,
            refresh_lock: Mutex::new(()),
        }
    }
}
