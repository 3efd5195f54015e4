//! `cocore-server serve`: runs the server.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use cocore_keys::{SystemClock, SystemRandom};
use cocore_store::Store;

use super::admin;
use super::announce::{self, announcement, first_key_hint};
use super::cannot_listen::cannot_listen;
use super::maintenance::{
    probe, purge, purge_callers, purge_events, purge_seen_tokens, write_last_uses,
};
use super::output::print_lines;
use super::ownership::Ownership;
use super::service_manager::{self, Watchdog};
use super::signals::{self, Shutdown, StopSignals};
use crate::arguments::RawSettings;
use crate::connections::heartbeats::Heartbeats;
use crate::connections::limits::Limits;
use crate::connections::listener::Listener;
use crate::connections::registry::Registry;
use crate::connections::{descriptors, server};
use crate::failure::Failure;
use crate::http;
use crate::inference::find_models;
use crate::seen_tokens::SeenTokens;
use crate::settings::Settings;
use crate::state::AppState;
#[cfg(feature = "otlp")]
use crate::telemetry::traces::Traces;
use crate::wiring::{self, Environment};

pub(super) fn run(raw: &RawSettings) -> Result<(), Failure> {
    let settings = Settings::parse(raw)?;
    actix_web::rt::System::new().block_on(serve(raw, settings))
}

async fn serve(raw: &RawSettings, settings: Settings) -> Result<(), Failure> {
    let no_signals = |error| Failure::new(format!("signals cannot be handled: {error}"));
    signals::ignore_others().map_err(no_signals)?;
    let cannot_listen = |error| cannot_listen("--listen", &settings.listen.address, &error);
    let mut listener = Listener::bind(&settings.listen.address).map_err(cannot_listen)?;
    let address = listener.address().clone();
    let admin = settings.admin_listen.as_ref();
    let mut admin = admin.map(admin::bind).transpose()?;
    // Unix sockets are removed when this returns.
    let _file = listener.take_file();
    let _admin_file = admin.as_mut().and_then(Listener::take_file);
    let store = Store::open(settings.database.clone(), Arc::new(SystemClock));
    let mut ownership = Ownership::begin(&settings.database).await?;
    let environment = Environment {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        address: address.clone(),
    };
    #[cfg_attr(not(feature = "otlp"), allow(unused_mut))]
    let mut state = wiring::app_state(&settings, environment)?;
    #[cfg(feature = "otlp")]
    {
        state.traces = Traces::from_environment()?;
    }
    if let Some(sign_in) = &state.console.sign_in {
        // An error is logged at the start, not at the first sign-in.
        let _ = sign_in.get().await;
    }
    let shutdown = Shutdown::new(settings.shutdown_timeout);
    let workers = server::workers();
    let (watchdog, heartbeats) = (Watchdog::find(), Heartbeats::default());
    let mut descriptors = descriptors::raise_limit();
    if admin.is_some() {
        descriptors = descriptors.saturating_sub(admin::MAX_CONNECTIONS);
    }
    let capacity = descriptors::max_connections(descriptors, workers);
    let connections = Registry::new(capacity, settings.trusted_proxies > 0);
    let options = server::Options {
        limits: Limits::default(),
        registry: connections.clone(),
        workers,
        shutdown_timeout: shutdown.requests_timeout(),
        heartbeats: watchdog.is_some().then(|| heartbeats.clone()),
    };
    let any_keys = match state.keys.any().await {
        Err(error) if error.is_permanent() => {
            let database = &settings.database;
            return Err(Failure::new(format!("{database}: {error}")));
        }
        found => found,
    };
    let taken = ownership.take_over(&state).await;
    let control = actix_web::rt::spawn(ownership.keep(state.clone(), taken));
    // A client that reads the address may ask for the readiness at once.
    state.readiness.probe().await;
    actix_web::rt::spawn(probe(state.readiness.clone()));
    let mut admin_address = None;
    if let (Some(admin), Some(metrics)) = (admin, state.metrics.clone()) {
        admin_address = Some(admin.address().clone());
        // It serves until the process ends, so that a stop can be followed.
        actix_web::rt::spawn(admin::serve(admin, metrics, &state, connections)?);
    }
    // The server runs before its address is printed: a program that reads the address can stop it in order.
    let app = {
        let state = state.clone();
        move || http::app(state.clone())
    };
    let server = server::serve(app, listener, options).map_err(cannot_listen)?;
    let stop_signals = StopSignals::register().map_err(no_signals)?;
    actix_web::rt::spawn(shutdown.clone().run(stop_signals, server.handle()));
    let server = actix_web::rt::spawn(server);
    tokio::task::yield_now().await;
    let identity = state.identity.as_deref();
    let mut lines = announcement(raw, &settings, identity, &address);
    lines.extend(admin_address.as_ref().map(announce::admin));
    lines.extend(login_link(raw, &settings, &state).await);
    match any_keys {
        Ok(true) => {}
        Ok(false) => lines.extend(first_key_hint(raw, &settings, identity)),
        Err(error) => {
            tracing::error!(%error, "the store is unavailable; requests get a 503 until it answers");
        }
    }
    print_lines(lines).await;
    service_manager::report_ready();
    if let Some(watchdog) = watchdog {
        actix_web::rt::spawn(watchdog.run(address, heartbeats));
    }
    if let Some(upstreams) = settings.upstreams.clone() {
        actix_web::rt::spawn(state.accounting.clone().write_periodically());
        actix_web::rt::spawn(find_models(state.gateway.clone()));
        actix_web::rt::spawn(signals::reload_at_hangup(upstreams, state.gateway.clone()));
    }
    let sessions = state.console.browser.sessions.clone();
    actix_web::rt::spawn(purge(sessions, state.keys.clone()));
    let tokens = SeenTokens::new(state.store.clone(), Arc::new(SystemClock));
    actix_web::rt::spawn(purge_seen_tokens(tokens));
    let rates = state.authenticator.rate_limits.clone();
    actix_web::rt::spawn(purge_callers(rates, state.accounting.limits().clone()));
    let events = purge_events(
        state.store.clone(),
        Arc::new(SystemClock),
        settings.event_retention,
    );
    actix_web::rt::spawn(events);
    actix_web::rt::spawn(write_last_uses(state.keys.clone()));
    let stopped = server.await.map_err(std::io::Error::other).flatten();
    control.abort();
    flush(&state, shutdown.flush_timeout()).await;
    #[cfg(feature = "otlp")]
    if let Some(traces) = state.traces.clone() {
        let _ = tokio::task::spawn_blocking(move || traces.shut_down()).await;
    }
    stopped.map_err(|error| Failure::new(format!("the server stopped: {error}")))?;
    tracing::info!("stopped");
    Ok(())
}

/// Writes what is still in memory, and closes the store.
async fn flush(state: &AppState, timeout: Duration) {
    let flush = async {
        if let Err(error) = state.keys.write_uses().await {
            tracing::warn!(%error, "the last uses of some keys are lost");
        }
        if let Err(error) = state.accounting.write(true).await {
            tracing::warn!(%error, "what the last calls of models have cost is lost");
        }
        state.store.close().await;
    };
    if tokio::time::timeout(timeout, flush).await.is_err() {
        tracing::warn!("the store does not answer: the last uses of some keys are lost");
    }
}

/// Announces a login link: a person at a terminal of this machine needs no OAuth server to open the console. In
/// the logs of a supervisor, a link would be for others than its reader.
async fn login_link(raw: &RawSettings, settings: &Settings, state: &AppState) -> Vec<String> {
    let console = &state.console;
    let identity = console.identity.as_deref();
    let Some(identity) = identity.filter(|identity| identity.accepts_login_links()) else {
        return Vec::new();
    };
    if identity.is_local && std::io::stdout().is_terminal() {
        // While the store is unavailable, there is no link.
        if let Ok(link) = console.login_links.create(Some(identity), None).await {
            return announce::login_link(&link).into();
        }
    }
    announce::login_link_hint(raw, settings, identity).into()
}
