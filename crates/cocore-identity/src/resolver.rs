//! The keys of issuers, from their DID documents, kept for a while.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lexicon_runtime::Did;
use quick_cache::sync::Cache;
use tokio::sync::{Mutex, Semaphore};
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
    /// How long it is kept that nobody could tell.
    pub keep_trouble: Duration,
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
            keep_trouble: Duration::from_secs(1),
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
    /// Whoever asks for a fresh key waits for who asks for the same already.
    refreshing: [Mutex<()>; 256],
}

/// Documents of one method: a flood of one does not hold up the other.
#[derive(Debug)]
struct Source {
    fetch: Fetch,
    turns: Semaphore,
}

/// Where to look.
struct Place<'r> {
    source: &'r Source,
    url: String,
}

/// Why there is no key.
#[derive(Clone, Debug)]
enum Missing {
    /// The one who knows says so.
    None(Refusal),
    /// Nobody could be asked.
    Trouble(Refusal),
}

#[derive(Debug)]
struct Entry {
    found: Result<PublicKey, Missing>,
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
            refreshing: std::array::from_fn(|_| Mutex::new(())),
            limits,
        })
    }

    /// The key that signs for a DID, and as of when. One look-up at a time for each; the others wait
    /// for it and get the same.
    pub(crate) async fn signing_key(&self, did: &Did) -> Result<(PublicKey, Instant), Refusal> {
        // What cannot be is not looked up, and takes no place in the cache.
        let place = self.place(did)?;
        self.cache.remove_if(did, |entry| !self.is_fresh(entry));
        let look_up = async {
            let at = Instant::now();
            let found = self.look_up(did, place).await;
            Ok::<_, Infallible>(Arc::new(Entry {
                found,
                at,
                refreshed: None,
            }))
        };
        let Ok(entry) = self.cache.get_or_insert_async(did, look_up).await;
        match &entry.found {
            Ok(key) => Ok((key.clone(), entry.at)),
            Err(Missing::None(why) | Missing::Trouble(why)) => Err(why.clone()),
        }
    }

    /// The key as it is now, after a signature that does not fit `old`; `None` if there is no other, or
    /// that was asked a moment ago.
    pub(crate) async fn fresh_signing_key(&self, did: &Did, old: &PublicKey) -> Option<PublicKey> {
        let mut hasher = DefaultHasher::new();
        did.as_str().hash(&mut hasher);
        let _turn = self.refreshing[usize::from(hasher.finish() as u8)]
            .lock()
            .await;
        let entry = self.cache.get(did);
        let (kept, refreshed) = match &entry {
            Some(entry) => (entry.found.clone(), entry.refreshed),
            None => (Ok(old.clone()), None),
        };
        if let Ok(key) = &kept
            && key != old
        {
            return Some(key.clone());
        }
        if refreshed.is_some_and(|at| at.elapsed() < self.limits.refresh_every) {
            return None;
        }
        let now = Instant::now();
        let place = self.place(did).ok()?;
        let (found, at) = match self.look_up(did, place).await {
            // A host that is down for a moment has not changed its key.
            Err(Missing::Trouble(_)) => (kept, entry.map_or(now, |entry| entry.at)),
            found => (found, now),
        };
        let fresh = found.clone().ok().filter(|key| key != old);
        let refreshed = Some(now);
        let entry = Entry {
            found,
            at,
            refreshed,
        };
        self.cache.insert(did.clone(), Arc::new(entry));
        fresh
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        let keep = match entry.found {
            Ok(_) => self.limits.keep,
            Err(Missing::Trouble(Refusal::Unavailable(_))) => self.limits.keep_trouble,
            Err(_) => self.limits.keep_none,
        };
        entry.at.elapsed() < keep
    }

    /// Where the document of a DID is.
    fn place(&self, did: &Did) -> Result<Place<'_>, Refusal> {
        let did = did.as_str();
        if let Some(id) = did.strip_prefix("did:plc:") {
            let base32 = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
            if id.len() != 24 || !id.bytes().all(base32) {
                let why = "`iss`: a did:plc has 24 characters of base32";
                return Err(Refusal::Issuer(why.into()));
            }
            let url = format!("{}/{did}", self.plc_url);
            return Ok(Place {
                source: &self.plc,
                url,
            });
        }
        let url = did_web::document_url(did, self.allow_loopback).ok_or_else(|| {
            let why = "`iss`: a did:web is a public host name without a path";
            Refusal::Issuer(why.into())
        })?;
        Ok(Place {
            source: &self.web,
            url,
        })
    }

    async fn look_up(&self, did: &Did, place: Place<'_>) -> Result<PublicKey, Missing> {
        let none = |why: &'static str| Missing::None(Refusal::Issuer(why.into()));
        let turn = timeout(self.limits.patience, place.source.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            let why = "too many issuers are being looked up: try again soon";
            return Err(Missing::Trouble(Refusal::Unavailable(why.into())));
        };
        match place.source.fetch.get(&place.url).await {
            Fetched::Document(bytes) => {
                let document = DidDocument::parse(did.as_str(), &bytes).map_err(none)?;
                let missing = "the issuer's DID document has no key `#atproto` of a known kind";
                document.signing_key.ok_or_else(|| none(missing))
            }
            Fetched::Gone => Err(none("the issuer has no DID document")),
            Fetched::Failed(why) if did.as_str().starts_with("did:plc:") => {
                let why = format!("the PLC directory does not answer: {why}");
                Err(Missing::Trouble(Refusal::Unavailable(why.into())))
            }
            // Not why: a caller could map networks with the reasons.
            Fetched::Failed(_) => {
                let why = "the issuer's DID document cannot be fetched";
                Err(Missing::Trouble(Refusal::Issuer(why.into())))
            }
        }
    }
}
