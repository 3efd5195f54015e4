//! Connections to PostgreSQL, with time-outs of seconds.

use cocore_keys::StoreError;
use diesel::connection::{Connection as _, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::{QueryResult, RunQueryDsl};

use super::url::PostgresUrl;
use crate::error::unavailable;

/// The options for libpq that the URL does not set: how long connecting may take, and when a silent server
/// is given up. In seconds, except for `tcp_user_timeout`, which is in milliseconds.
const DEFAULTS: [(&str, &str); 6] = [
    ("connect_timeout", "3"),
    ("keepalives_idle", "2"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "5000"),
    ("application_name", "cocore-server"),
];

/// The settings of each connection. A process that is stopped within a transaction delays the others for
/// seconds at most; a commit is synced whatever the server's default.
const SETTINGS: &str = "SET statement_timeout = '5s';
    SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '3s';
    SET client_min_messages = 'error';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'";

/// Opens a connection.
pub(crate) fn connect(url: &PostgresUrl) -> Result<PgConnection, StoreError> {
    let connected = PgConnection::establish(&with_defaults(url.expose()));
    let mut connection = connected.map_err(|error| unavailable(without_url(&error, url)))?;
    connection.batch_execute(SETTINGS).map_err(unavailable)?;
    Ok(connection)
}

/// Locks out other processes that migrate, until the end of the transaction.
pub(crate) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    // The first bytes of the SHA-256 of "cocore migrations", so that no other program uses the number.
    let lock = "SELECT pg_advisory_xact_lock(7137022013570829113)";
    diesel::sql_query(lock).execute(connection).map(drop)
}

/// Returns the URL with each default that it does not set itself.
fn with_defaults(url: &str) -> String {
    let mut url = url.to_owned();
    let named = url.split_once('?').map(|(_, named)| named.to_owned());
    let named = named.unwrap_or_default();
    let is_named = |name: &str| {
        let mut pairs = named.split('&');
        pairs.any(|pair| pair.split('=').next() == Some(name))
    };
    for (name, value) in DEFAULTS.iter().filter(|(name, _)| !is_named(name)) {
        let mark = if url.contains('?') { '&' } else { '?' };
        url.push_str(&format!("{mark}{name}={value}"));
    }
    url
}

/// Returns libpq's message without the URL, which it may quote.
fn without_url(error: &diesel::ConnectionError, url: &PostgresUrl) -> String {
    let text = error.to_string();
    // libpq may take the rest of a password for an option.
    let is_option = url.has_secrets() && text.contains("URI query parameter");
    if is_option || url.is_in(&text) {
        return format!("{url}: libpq cannot use the URL");
    }
    // One line for the log.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_overrides_defaults() {
        let all = "connect_timeout=3&keepalives_idle=2&keepalives_interval=1&keepalives_count=3\
            &tcp_user_timeout=5000&application_name=cocore-server";
        for (url, expected) in [
            ("postgres://h/d", format!("postgres://h/d?{all}")),
            (
                "postgres://h/d?sslmode=require",
                format!("postgres://h/d?sslmode=require&{all}"),
            ),
            (
                "postgres://h/d?connect_timeout=9",
                format!(
                    "postgres://h/d?connect_timeout=9&{}",
                    all.strip_prefix("connect_timeout=3&").unwrap()
                ),
            ),
        ] {
            assert_eq!(with_defaults(url), expected);
        }
    }
}
