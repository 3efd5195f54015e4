//! What a server prints when it has started.

use crate::arguments::RawSettings;
use crate::listen::ListenAddress;
use crate::login_link::LOCAL_ACCOUNT;
use crate::service_identity::ServiceIdentity;
use crate::settings::Settings;

/// Returns the address, the identity and the database.
pub(super) fn announcement(
    raw: &RawSettings,
    settings: &Settings,
    identity: Option<&ServiceIdentity>,
    address: &ListenAddress,
) -> Vec<String> {
    let mut lines = vec![format!("listening on {}", address.url(""))];
    lines.push(match identity {
        Some(ServiceIdentity { origin, did, .. }) => format!("known as {did} at {origin}"),
        None => "service auth and sign-in are off: they need a --public-url".to_owned(),
    });
    if identity.is_some() && settings.encryption_key.is_none() {
        lines.push(
            "sign-in is off: servers that share a database need one --encryption-key-file"
                .to_owned(),
        );
    }
    let hint = match raw.database.url {
        None => " (the default; see --database-url)",
        Some(_) => "",
    };
    lines.push(format!("keys are stored in {}{hint}", settings.database));
    lines
}

/// Announces the admin listener.
pub(super) fn admin(address: &ListenAddress) -> String {
    format!(
        "metrics and probes are at {}, /livez and /readyz",
        address.url("/metrics")
    )
}

/// Announces a one-time login link.
pub(super) fn login_link(link: &str) -> [String; 2] {
    [
        "open the console with this link, once, within ten minutes:".to_owned(),
        format!("  {link}"),
    ]
}

/// Returns the command that prints a login link.
pub(super) fn login_link_hint(
    raw: &RawSettings,
    settings: &Settings,
    identity: &ServiceIdentity,
) -> [String; 2] {
    let account = if identity.is_local { "" } else { " --did DID" };
    let (program, database) = (program(), database_flag(raw, settings));
    [
        "this command prints a link that opens the console:".to_owned(),
        format!("  {program} link{account}{database}"),
    ]
}

/// Returns the command that creates the first key, for an account that fits the server.
pub(super) fn first_key_hint(
    raw: &RawSettings,
    settings: &Settings,
    identity: Option<&ServiceIdentity>,
) -> Vec<String> {
    let (program, database) = (program(), database_flag(raw, settings));
    let is_local = identity.is_some_and(|identity| identity.is_local);
    let account = if is_local { LOCAL_ACCOUNT } else { "DID" };
    let command = format!("  {program} key create --did {account} --name first{database}");
    let mut lines = vec![
        "there is no key yet; this command creates the first one:".to_owned(),
        command,
    ];
    if !is_local {
        lines.push("DID is the account, such as did:plc:... or did:web:example.com".to_owned());
    }
    if settings.database.sqlite().is_none() {
        lines.push("run it with the same COCORE_DATABASE_URL".to_owned());
    }
    lines
}

fn program() -> String {
    let mut arguments = std::env::args();
    arguments
        .next()
        .unwrap_or_else(|| "cocore-server".to_owned())
}

/// The flag with which a command names the server's database.
fn database_flag(raw: &RawSettings, settings: &Settings) -> String {
    match (&raw.database.url, settings.database.sqlite()) {
        (Some(text), Some(_)) => format!(" --database-url '{}'", text.replace('\'', r"'\''")),
        // The URL of another database may hold a password, which is not for an argument list.
        _ => String::new(),
    }
}
