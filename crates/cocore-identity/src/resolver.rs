//! The keys of issuers, from their DID documents, kept for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lexicon_runtime::Did;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::did_document::DidDocument;
use crate::did_web;
use crate::fetch::{Fetch, Fetched, Guard};
use crate::public_key::PublicKey;
use crate::refusal::Refusal;

/// Bounds of the resolver.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a key is kept.
    pub keep: Duration,
    /// How long it is kept that there is none.
    pub keep_none: Duration,
    /// How often a bad signature leads to a new look-up of one DID.
    pub refresh_every: Duration,
    /// How many DIDs are kept.
    pub entries: usize,
    /// How many look-ups are in flight, of the directory and of hosts each.
    pub in_flight: usize,
    /// How long one waits for its turn.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(600),
            keep_none: Duration::from_secs(30),
            refresh_every: Duration::from_secs(30),
            entries: 50_000,
            in_flight: 32,
            patience: Duration::from_secs(2),
        }
    }
}

/// Finds the signing key of a did:plc or did:web.
#[derive(Debug)]
pub struct Resolver {
    plc_url: String,
    plc: Source,
    web: Source,
    allow_loopback: bool,
    limits: Limits,
    cache: Cache<Did, Arc<Entry>>,
}

/// Documents of one method: a flood of one does not hold up the other.
#[derive(Debug)]
struct Source {
    fetch: Fetch,
    turns: Semaphore,
}

#[derive(Debug)]
struct Entry {
    found: Result<PublicKey, Refusal>,
    at: Instant,
    /// When a bad signature last led here.
    refreshed: Option<Instant>,
}

impl Resolver {
    /// A resolver of did:plc by the directory at `plc_url`, and of did:web by its host. Plain http to
    /// `localhost` only if `allow_loopback`.
    ///
    /// # Errors
    /// There is no TLS on this machine.
    pub fn new(plc_url: &str, allow_loopback: bool, limits: Limits) -> Result<Self, String> {
        let source = |guard| {
            Ok::<_, String>(Source {
                fetch: Fetch::new(guard)?,
                turns: Semaphore::new(limits.in_flight),
            })
        };
        let guard = match allow_loopback {
            true => Guard::PublicOrLoopback,
            false => Guard::Public,
        };
        Ok(Self {
            plc_url: plc_url.trim_end_matches('/').to_owned(),
            plc: source(Guard::Anywhere)?,
            web: source(guard)?,
            allow_loopback,
            cache: Cache::new(limits.entries),
            limits,
        })
    }

    /// The key that signs for a DID. One look-up at a time for each; the others wait for it.
    pub(crate) async fn signing_key(&self, did: &Did) -> Result<PublicKey, Refusal> {
        self.cache.remove_if(did, |entry| !self.is_fresh(entry));
        let look_up = async {
            let found = self.look_up(did).await;
            // Trouble is told, and not kept.
            match found {
                Err(Refusal::Unavailable(why)) => Err(Refusal::Unavailable(why)),
                found => Ok(Arc::new(Entry {
                    found,
                    at: Instant::now(),
                    refreshed: None,
                })),
            }
        };
        let entry = self.cache.get_or_insert_async(did, look_up).await?;
        entry.found.clone()
    }

    /// The key as it is now, after a signature that does not fit the one that was kept; `None` if
    /// that was asked a moment ago.
    pub(crate) async fn fresh_signing_key(&self, did: &Did) -> Result<Option<PublicKey>, Refusal> {
        let kept = self.cache.get(did);
        let refreshed = kept.as_ref().and_then(|entry| entry.refreshed);
        if refreshed.is_some_and(|at| at.elapsed() < self.limits.refresh_every) {
            return Ok(None);
        }
        let now = Instant::now();
        // Before the answer is there: whoever comes meanwhile does not ask again.
        if let Some(entry) = kept {
            let found = entry.found.clone();
            let at = entry.at;
            let refreshed = Some(now);
            let entry = Entry {
                found,
                at,
                refreshed,
            };
            self.cache.insert(did.clone(), Arc::new(entry));
        }
        let found = self.look_up(did).await;
        if !matches!(found, Err(Refusal::Unavailable(_))) {
            let entry = Entry {
                found: found.clone(),
                at: now,
                refreshed: Some(now),
            };
            self.cache.insert(did.clone(), Arc::new(entry));
        }
        found.map(Some)
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        let keep = match entry.found {
            Ok(_) => self.limits.keep,
            Err(_) => self.limits.keep_none,
        };
        entry.at.elapsed() < keep
    }

    async fn look_up(&self, did: &Did) -> Result<PublicKey, Refusal> {
        let is_plc = did.as_str().starts_with("did:plc:");
        let (source, url) = match did_web::document_url(did.as_str(), self.allow_loopback) {
            Some(url) => (&self.web, url),
            None if is_plc => (&self.plc, format!("{}/{did}", self.plc_url)),
            None => {
                let why = "`iss`: a did:web is a public host name without a path";
                return Err(Refusal::Issuer(why.into()));
            }
        };
        let turn = timeout(self.limits.patience, source.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            let why = "too many issuers are being looked up: try again soon";
            return Err(Refusal::Unavailable(why.into()));
        };
        match source.fetch.get(&url).await {
            Fetched::Document(bytes) => {
                let document = DidDocument::parse(did.as_str(), &bytes);
                let document = document.map_err(|why| Refusal::Issuer(why.into()))?;
                let none = "the issuer's DID document has no key `#atproto` of a known kind";
                document.signing_key.ok_or(Refusal::Issuer(none.into()))
            }
            Fetched::Gone => Err(Refusal::Issuer("the issuer has no DID document".into())),
            Fetched::Failed(why) if is_plc => {
                let why = format!("the PLC directory does not answer: {why}");
                Err(Refusal::Unavailable(why.into()))
            }
            // Not why: a caller could map networks with the reasons.
            Fetched::Failed(_) => {
                let why = "the issuer's DID document cannot be fetched";
                Err(Refusal::Issuer(why.into()))
            }
        }
    }
}
