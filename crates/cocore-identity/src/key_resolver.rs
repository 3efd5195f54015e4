//! The signing keys of issuers, from their DID documents, with a cache.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use atproto_resolver::{Did, ResolveError, Resolver};
use quick_cache::sync::Cache;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use crate::error::ServiceAuthError;
use crate::public_key::PublicKey;

/// Bounds of a [`KeyResolver`].
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
    /// How many look-ups run at a time: this many of the directory, and this many of other hosts.
    pub max_lookups: usize,
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
            max_lookups: 32,
            queue_timeout: Duration::from_secs(2),
        }
    }
}

/// Finds the signing key of an account, and caches it.
#[derive(Debug)]
pub struct KeyResolver {
    resolver: Resolver,
    limits: Limits,
    /// Separate for each method, so that many look-ups of one do not delay the other.
    plc_lookups: Semaphore,
    web_lookups: Semaphore,
    cache: Cache<Did, Arc<Entry>>,
    /// Callers that refresh the same key wait for each other. A DID belongs to the lock of its hash.
    refresh_locks: [Mutex<()>; 256],
}

/// Why a look-up found no key.
#[derive(Clone, Debug)]
enum LookupError {
    /// The directory or the host answered, and there is no key.
    NoKey(ServiceAuthError),
    /// The directory or the host could not be asked.
    Failed(ServiceAuthError),
}

#[derive(Debug)]
struct Entry {
    found: Result<PublicKey, LookupError>,
    looked_up_at: Instant,
    /// When a bad signature last caused a look-up.
    refreshed_at: Option<Instant>,
}

impl KeyResolver {
    /// Creates a resolver with an empty cache.
    pub fn new(resolver: Resolver, limits: Limits) -> Self {
        Self {
            resolver,
            plc_lookups: Semaphore::new(limits.max_lookups),
            web_lookups: Semaphore::new(limits.max_lookups),
            cache: Cache::new(limits.max_entries),
            refresh_locks: std::array::from_fn(|_| Mutex::new(())),
            limits,
        }
    }

    /// Returns the signing key of a DID, and when it was looked up. Callers that ask for the same DID share
    /// one look-up and its result.
    pub(crate) async fn signing_key(
        &self,
        did: &Did,
    ) -> Result<(PublicKey, Instant), ServiceAuthError> {
        // A DID that cannot be resolved takes no place in the cache.
        self.check_supported(did)?;
        self.cache.remove_if(did, |entry| !self.is_fresh(entry));
        let look_up = async {
            let looked_up_at = Instant::now();
            Ok::<_, Infallible>(Arc::new(Entry {
                found: self.look_up(did).await,
                looked_up_at,
                refreshed_at: None,
            }))
        };
        let Ok(entry) = self.cache.get_or_insert_async(did, look_up).await;
        match &entry.found {
            Ok(key) => Ok((key.clone(), entry.looked_up_at)),
            Err(LookupError::NoKey(error) | LookupError::Failed(error)) => Err(error.clone()),
        }
    }

    /// Looks a key up again after a signature that does not fit `old`. Returns `None` if the account has no
    /// other key, or was looked up less than `refresh_interval` ago.
    pub(crate) async fn refreshed_signing_key(
        &self,
        did: &Did,
        old: &PublicKey,
    ) -> Option<PublicKey> {
        let mut hasher = DefaultHasher::new();
        did.hash(&mut hasher);
        let lock = &self.refresh_locks[usize::from(hasher.finish() as u8)];
        let _guard = lock.lock().await;
        let entry = self.cache.get(did);
        let (cached, refreshed_at) = match &entry {
            Some(entry) => (entry.found.clone(), entry.refreshed_at),
            None => (Ok(old.clone()), None),
        };
        if let Ok(key) = &cached
            && key != old
        {
            return Some(key.clone());
        }
        if refreshed_at.is_some_and(|at| at.elapsed() < self.limits.refresh_interval) {
            return None;
        }
        let now = Instant::now();
        let (found, looked_up_at) = match self.look_up(did).await {
            // A host that is down for a moment has not changed its key.
            Err(LookupError::Failed(_)) => (cached, entry.map_or(now, |entry| entry.looked_up_at)),
            found => (found, now),
        };
        let refreshed = found.clone().ok().filter(|key| key != old);
        let entry = Entry {
            found,
            looked_up_at,
            refreshed_at: Some(now),
        };
        self.cache.insert(did.clone(), Arc::new(entry));
        refreshed
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        let lifetime = match entry.found {
            Ok(_) => self.limits.key_lifetime,
            Err(LookupError::Failed(ServiceAuthError::Unavailable(_))) => {
                self.limits.failure_lifetime
            }
            Err(_) => self.limits.missing_lifetime,
        };
        entry.looked_up_at.elapsed() < lifetime
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

    async fn look_up(&self, did: &Did) -> Result<PublicKey, LookupError> {
        let is_plc = did.method() == "plc";
        let lookups = if is_plc {
            &self.plc_lookups
        } else {
            &self.web_lookups
        };
        let permit = timeout(self.limits.queue_timeout, lookups.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            let text = "too many issuers are being looked up: try again soon";
            return Err(LookupError::Failed(ServiceAuthError::Unavailable(
                text.into(),
            )));
        };
        let no_key = |text: String| LookupError::NoKey(ServiceAuthError::BadIssuer(text.into()));
        match self.resolver.resolve_did(did).await {
            Ok(document) => {
                let key = document
                    .signing_key()
                    .and_then(PublicKey::from_verification_key);
                key.ok_or_else(|| {
                    let text = "the issuer's DID document has no key `#atproto` of a known kind";
                    no_key(text.to_owned())
                })
            }
            Err(ResolveError::Http(error)) => {
                Err(LookupError::Failed(if is_plc {
                    let text = format!("the PLC directory does not answer: {error}");
                    ServiceAuthError::Unavailable(text.into())
                } else {
                    // Without the cause: with it, a caller could map the server's network.
                    let text = "the issuer's DID document cannot be fetched";
                    ServiceAuthError::BadIssuer(text.into())
                }))
            }
            Err(ResolveError::InvalidDocument { source, .. }) => Err(no_key(source.to_string())),
            Err(_) => Err(no_key("the issuer has no DID document".to_owned())),
        }
    }
}
