//! `cocore-server serve`

use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use cocore_keys::{Keys, SystemClock, SystemRandom};
use cocore_store::{DatabaseUrl, Store};

use super::ownership::Ownership;
use super::{Failure, api, print};
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

/// How long the last words to the database may take: who started this process waits for ten seconds,
/// as a rule.
const FAREWELL: Duration = Duration::from_secs(6);

/// How often what is over is removed from the store.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How often the last uses of keys are written.
const USES_EVERY: Duration = Duration::from_secs(60);

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
    let store = Store::open(url.clone(), Arc::new(SystemClock));
    let mut ownership = Ownership::begin(&url, &store).await?;
    let link = local_link(&listen, address)?;
    let (link, link_token) = link.unzip();
    let sign_in = identity
        .clone()
        .filter(|_| settings::has_key(raw, &url))
        .map(|identity| SignIns::new(raw, identity, store.clone(), url.clone()))
        .transpose()?
        .map(Arc::new);
    if let Some(sign_in) = &sign_in {
        // What is wrong is in the log from the start.
        let _ = sign_in.get().await;
    }
    let site = site(raw, store.clone(), identity.clone(), sign_in, link)?;
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
    let taken = ownership.take_over(&site).await;
    let operator = actix_web::rt::spawn(ownership.keep(site.clone(), taken));
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
        Ok(false) => invite(raw, &url)?,
        Err(error) => {
            tracing::error!(%error, "the store cannot answer yet; requests get a 503 until it does");
        }
    }
    actix_web::rt::spawn(purge(site.door.sessions.clone(), site.api.keys.clone()));
    actix_web::rt::spawn(write_uses(site.api.keys.clone()));
    let ended = server.await.map_err(std::io::Error::other).flatten();
    operator.abort();
    let farewell = async {
        if let Err(error) = site.api.keys.write_uses().await {
            tracing::warn!(%error, "the last uses of some keys are lost");
        }
        store.close().await;
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("the database does not answer: the last uses of some keys are lost");
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
async fn purge(sessions: Sessions, keys: Arc<Keys<Store>>) {
    let mut turns = tokio::time::interval(PURGE_EVERY);
    loop {
        turns.tick().await;
        keys.forget_expired();
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
    if identity.is_some() && !settings::has_key(raw, url) {
        print("sign-in is off: servers that share a database need one --encryption-key-file")?;
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
fn invite(raw: &RawSettings, url: &DatabaseUrl) -> Result<(), Failure> {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "cocore-server".to_owned());
    let database = match (&raw.database_url, url.sqlite()) {
        (Some(text), Some(_)) => format!(" --database-url '{}'", text.replace('\'', r"'\''")),
        // It may hold a password.
        (Some(_), None) => " --database-url ...".to_owned(),
        (None, _) => String::new(),
    };
    print("there is no key yet; this mints the first:")?;
    print(&format!(
        "  {program} key create --did did:web:localhost --name first{database}"
    ))
}
