//! `cocore-server serve`

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use cocore_store::{DatabaseUrl, Store};

use super::{Failure, api, print};
use crate::arguments::RawSettings;
use crate::http;
use crate::settings::{self, Listen};

/// How long the head of a request may take.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long requests in flight may take after SIGTERM, in seconds.
const GRACE: u64 = 15;
/// Connections in all for each worker: file descriptors are bounded.
const CONNECTIONS: usize = 10_000;

pub(super) fn run(raw: &RawSettings) -> Result<(), Failure> {
    let listen = Listen::read(raw)?;
    let url = settings::database(raw)?;
    actix_web::rt::System::new().block_on(serve(raw, listen, url))
}

async fn serve(raw: &RawSettings, listen: Listen, url: DatabaseUrl) -> Result<(), Failure> {
    let api = api(Store::open(url.clone()));
    let shared = api.clone();
    let server = HttpServer::new(move || http::app(shared.clone()))
        .client_request_timeout(HEAD_DEADLINE)
        .keep_alive(KEEP_ALIVE)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(GRACE)
        .bind(listen.address)
        .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", listen.address)))?;
    let address = server.addrs().first().copied().unwrap_or(listen.address);
    let keys_exist = match api.keys.any().await {
        Err(error) if error.is_newer_schema() => return Err(Failure::new(error)),
        found => found,
    };
    // Running before it is announced, so that whoever reads of it can also end it in order.
    let server = actix_web::rt::spawn(server.run());
    tokio::task::yield_now().await;
    announce(raw, &listen, address, &url)?;
    match keys_exist {
        Ok(true) => {}
        Ok(false) => invite(raw)?,
        Err(error) => {
            tracing::error!(%error, "the store cannot answer yet; requests get a 503 until it does");
        }
    }
    let ended = server.await.map_err(std::io::Error::other).flatten();
    ended.map_err(|error| Failure::new(format!("the server ended: {error}")))?;
    tracing::info!("stopped");
    Ok(())
}

/// Says where everything is.
fn announce(
    raw: &RawSettings,
    listen: &Listen,
    address: SocketAddr,
    url: &DatabaseUrl,
) -> Result<(), Failure> {
    print(&format!("listening on http://{address}"))?;
    if let Some(public_url) = &listen.public_url {
        print(&format!("public at {public_url}"))?;
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
