//! `cocore-server serve`

use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpServer;
use cocore_keys::{Keys, SystemClock, SystemRandom};
use cocore_store::{DatabaseUrl, LockError, OwnerLock, Store};

use super::{Failure, api, control, print};
use crate::arguments::RawSettings;
use crate::door::Door;
use crate::http::{self, Console, Site};
use crate::identity::Identity;
use crate::local_link::LocalLink;
use crate::sessions::Sessions;
use crate::settings::{self, Listen};
use crate::sign_in::SignIns;

/// How long the head of a request may take.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long requests in flight may take after SIGTERM, in seconds.
const GRACE: u64 = 15;
/// Connections in all for each worker: file descriptors are bounded.
const CONNECTIONS: usize = 10_000;

/// How often what is over is removed from the store.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How often the last uses of keys are written.
const USES_EVERY: Duration = Duration::from_secs(60);
/// How long a start waits for a command that uses the database at this moment.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long until a database that was out of reach is tried again.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) fn run(raw: &RawSettings) -> Result<(), Failure> {
    let listen = Listen::read(raw)?;
    let url = settings::database(raw)?;
    actix_web::rt::System::new().block_on(serve(raw, listen, url))
}

async fn serve(raw: &RawSettings, listen: Listen, url: DatabaseUrl) -> Result<(), Failure> {
    let cannot_listen = |error: std::io::Error| {
        Failure::new(format!("cannot listen on {}: {error}", listen.address))
    };
    let listener = TcpListener::bind(listen.address).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let identity = Identity::new(&listen, address);
    let lock = own(&url).await?;
    let link = local_link(&listen, address)?;
    let (link, link_token) = link.unzip();
    let store = Store::open(url.clone());
    let sign_in = identity
        .clone()
        .map(|identity| SignIns::new(raw, identity, store.clone(), url.clone()))
        .transpose()?
        .map(Arc::new);
    if let Some(sign_in) = &sign_in {
        // What is wrong is in the log from the start.
        let _ = sign_in.get().await;
    }
    let site = site(raw, store, identity.clone(), sign_in, link)?;
    let shared = site.clone();
    let server = HttpServer::new(move || http::app(shared.clone()))
        .client_request_timeout(HEAD_DEADLINE)
        .keep_alive(KEEP_ALIVE)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(GRACE)
        .listen(listener)
        .map_err(cannot_listen)?;
    let keys_exist = match site.api.keys.any().await {
        Err(error) if error.is_newer_schema() => return Err(Failure::new(error)),
        found => found,
    };
    let mut ownership = Ownership {
        lock,
        url: url.clone(),
        site: site.clone(),
    };
    let taken = ownership.take_over().await;
    let operator = actix_web::rt::spawn(ownership.keep(taken));
    // Running before it is announced, so that whoever reads of it can also end it in order.
    let server = actix_web::rt::spawn(server.run());
    tokio::task::yield_now().await;
    announce(raw, identity.as_ref(), address, &url)?;
    if let Some(token) = link_token {
        print("this link opens the console on this machine, once, within ten minutes:")?;
        print(&format!("  http://{address}/sign-in/local?token={token}"))?;
    }
    match keys_exist {
        Ok(true) => {}
        Ok(false) => invite(raw)?,
        Err(error) => {
            tracing::error!(%error, "the store cannot answer yet; requests get a 503 until it does");
        }
    }
    actix_web::rt::spawn(purge(site.door.sessions.clone()));
    actix_web::rt::spawn(write_uses(site.api.keys.clone()));
    let ended = server.await.map_err(std::io::Error::other).flatten();
    operator.abort();
    if let Err(error) = site.api.keys.write_uses().await {
        tracing::warn!(%error, "the last uses of some keys are lost");
    }
    ended.map_err(|error| Failure::new(format!("the server ended: {error}")))?;
    tracing::info!("stopped");
    Ok(())
}

/// Puts together what requests are answered with.
fn site(
    raw: &RawSettings,
    store: Store,
    identity: Option<Identity>,
    sign_in: Option<Arc<SignIns>>,
    link: Option<LocalLink>,
) -> Result<Site, Failure> {
    let api = api(store.clone());
    let clock = Arc::new(SystemClock);
    let service_auth = identity
        .as_ref()
        .map(|identity| settings::service_auth(raw, identity))
        .transpose()?;
    let door = Door {
        keys: api.keys.clone(),
        sessions: Sessions::new(store.clone(), clock.clone(), Arc::new(SystemRandom)),
        service_auth,
        identity,
        allowed: settings::allowed(raw)?,
        store,
        clock,
    };
    let door = Arc::new(door);
    let console = Console {
        api: api.clone(),
        door: door.clone(),
        sign_in,
        link,
        trusted_proxies: raw.trusted_proxies,
    };
    Ok(Site {
        api,
        door,
        console: Arc::new(console),
    })
}

/// For the first five minutes: a person at a terminal of this machine needs no OAuth server to see the
/// console. Where anyone else could reach the server, there is no such link.
fn local_link(
    listen: &Listen,
    address: SocketAddr,
) -> Result<Option<(LocalLink, String)>, Failure> {
    let local = address.ip().is_loopback() && listen.public_url.is_none();
    match local && std::io::stdout().is_terminal() {
        true => LocalLink::new(Arc::new(SystemClock), &SystemRandom)
            .map(Some)
            .map_err(Failure::new),
        false => Ok(None),
    }
}

/// Makes this process the only one that uses the database. A database that is out of reach may be back
/// later, so that is no reason not to start.
async fn own(url: &DatabaseUrl) -> Result<Option<OwnerLock>, Failure> {
    let begin = Instant::now();
    loop {
        match OwnerLock::take(url) {
            Ok(lock) => return Ok(Some(lock)),
            // A command of the operator is at work.
            Err(LockError::Held) if begin.elapsed() < PATIENCE => {
                tokio::time::sleep(PATIENCE / 100).await;
            }
            Err(LockError::Held) => {
                let what = format!("another server uses {url}: one database has one server");
                return Err(Failure::new(what));
            }
            Err(LockError::Failed(why)) => {
                tracing::error!(%why, "the database cannot be locked yet");
                return Ok(None);
            }
        }
    }
}

/// What it takes to answer from memory: the database is ours alone, and every key is read.
struct Ownership {
    lock: Option<OwnerLock>,
    url: DatabaseUrl,
    site: Site,
}

impl Ownership {
    async fn take_over(&mut self) -> Result<actix_web::dev::Server, String> {
        if self.lock.is_none() {
            self.lock = Some(OwnerLock::take(&self.url).map_err(|error| error.to_string())?);
        }
        let loaded = self.site.api.keys.load().await;
        loaded.map_err(|error| error.to_string())?;
        control::listen(self.site.clone(), &self.url)
            .map_err(|error| format!("no socket for the command line: {error}"))
    }

    /// Serves the command line for as long as this process runs, and until then tries again. Meanwhile
    /// each request is looked up in the store.
    async fn keep(mut self, mut taken: Result<actix_web::dev::Server, String>) {
        loop {
            match taken {
                Ok(server) => {
                    let ended = server.await;
                    tracing::error!(?ended, "the command line is not served any more");
                    return std::future::pending().await;
                }
                Err(why) => {
                    tracing::warn!(%why, "keys are looked up one by one");
                    tokio::time::sleep(AGAIN).await;
                    taken = self.take_over().await;
                }
            }
        }
    }
}

/// Writes the last uses that were gathered, again and again.
async fn write_uses(keys: Arc<Keys<Store>>) {
    let mut turns = tokio::time::interval(USES_EVERY);
    loop {
        turns.tick().await;
        if let Err(error) = keys.write_uses().await {
            tracing::warn!(%error, "last uses cannot be written now");
        }
    }
}

/// Removes what is over, again and again.
async fn purge(sessions: Sessions) {
    let mut turns = tokio::time::interval(PURGE_EVERY);
    loop {
        turns.tick().await;
        match sessions.purge().await {
            Ok(rows) => tracing::debug!(rows, "removed what is over"),
            Err(error) => tracing::warn!(%error, "what is over cannot be removed now"),
        }
    }
}

/// Says where everything is.
fn announce(
    raw: &RawSettings,
    identity: Option<&Identity>,
    address: SocketAddr,
    url: &DatabaseUrl,
) -> Result<(), Failure> {
    print(&format!("listening on http://{address}"))?;
    match identity {
        Some(Identity { origin, did, .. }) => print(&format!("known as {did} at {origin}"))?,
        None => print("service auth and sign-in are off: they need a --public-url")?,
    }
    let hint = raw
        .database_url
        .is_none()
        .then_some(" (the default; see --database-url)");
    print(&format!(
        "keys are stored in {url}{}",
        hint.unwrap_or_default()
    ))
}

/// While there is no key at all: how to get one.
fn invite(raw: &RawSettings) -> Result<(), Failure> {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "cocore-server".to_owned());
    let database = match &raw.database_url {
        Some(url) => format!(" --database-url '{}'", url.replace('\'', r"'\''")),
        None => String::new(),
    };
    print("there is no key yet; this mints the first:")?;
    print(&format!(
        "  {program} key create --did did:web:localhost --name first{database}"
    ))
}
