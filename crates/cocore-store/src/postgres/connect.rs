//! Connecting to PostgreSQL, so that trouble with it is noticed in seconds.

use cocore_keys::StoreError;
use diesel::connection::{Connection as _, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::{QueryResult, RunQueryDsl};

use crate::PostgresUrl;
use crate::database::unavailable;

/// What libpq is told unless the URL says something else: how long a connection may take, and when a
/// server that says nothing is given up. Seconds, but for the last one: milliseconds.
const DEFAULTS: [(&str, &str); 6] = [
    ("connect_timeout", "3"),
    ("keepalives_idle", "2"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "5000"),
    ("application_name", "cocore-server"),
];

/// How each connection is set up. A process that stands still in the middle of a transaction keeps
/// nobody waiting for long; a commit is synced whatever the server's own setting.
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

/// Lets one process at a time bring the schema up to date.
pub(crate) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    // The number is nobody else's: the first bytes of the SHA-256 of "cocore migrations".
    let lock = "SELECT pg_advisory_xact_lock(7137022013570829113)";
    diesel::sql_query(lock).execute(connection).map(drop)
}

/// The URL with each default that it does not name itself.
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

/// libpq's words, which may quote a URL that it cannot read.
fn without_url(error: &diesel::ConnectionError, url: &PostgresUrl) -> String {
    let text = error.to_string();
    // What libpq takes for an option may be the rest of a password.
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
    fn defaults_give_way() {
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
