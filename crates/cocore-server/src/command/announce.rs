//! What a server prints when it has started.

use std::net::SocketAddr;

use super::output::print;
use crate::arguments::RawSettings;
use crate::failure::Failure;
use crate::service_identity::ServiceIdentity;
use crate::settings::Settings;

/// Prints the address, the identity and the database.
pub(super) fn announce(
    raw: &RawSettings,
    settings: &Settings,
    identity: Option<&ServiceIdentity>,
    address: SocketAddr,
) -> Result<(), Failure> {
    print(&format!("listening on http://{address}"))?;
    match identity {
        Some(ServiceIdentity { origin, did, .. }) => print(&format!("known as {did} at {origin}"))?,
        None => print("service auth and sign-in are off: they need a --public-url")?,
    }
    if identity.is_some() && settings.encryption_key.is_none() {
        print("sign-in is off: servers that share a database need one --encryption-key-file")?;
    }
    let hint = match raw.database_url {
        None => " (the default; see --database-url)",
        Some(_) => "",
    };
    print(&format!("keys are stored in {}{hint}", settings.database))
}

/// Prints the one-time login link.
pub(super) fn print_login_link(address: SocketAddr, token: &str) -> Result<(), Failure> {
    print("open the console on this machine with this link, once, within ten minutes:")?;
    print(&format!("  http://{address}/sign-in/local?token={token}"))
}

/// Prints the command that creates the first key.
pub(super) fn print_first_key_hint(raw: &RawSettings, settings: &Settings) -> Result<(), Failure> {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "cocore-server".to_owned());
    let database = match (&raw.database_url, settings.database.sqlite()) {
        (Some(text), Some(_)) => format!(" --database-url '{}'", text.replace('\'', r"'\''")),
        // It may hold a password.
        (Some(_), None) => " --database-url ...".to_owned(),
        (None, _) => String::new(),
    };
    print("there is no key yet; this command creates the first one:")?;
    print(&format!(
        "  {program} key create --did did:web:localhost --name first{database}"
    ))
}
