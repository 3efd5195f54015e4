//! Connections to PostgreSQL, with time-outs of seconds.

use std::fmt::Write;

use cocore_keys::{Reason, StoreError};
use diesel::RunQueryDsl;
use diesel::result::QueryResult;
use diesel::sql_types::{Nullable, Text};
use diesel_async::AsyncPgConnection;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{PgConnection, runtime};
use super::url::{PostgresUrl, Target};
use crate::error::{Cause, unavailable};

/// The settings of each connection, and what the server can be used for. A process that is stopped within a
/// transaction delays the others for seconds at most; a commit is synced whatever the server's default.
const SETTINGS: &str = "SET statement_timeout = '5s';
    SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '3s';
    SET client_min_messages = 'error';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off';
    SELECT pg_is_in_recovery() AS in_recovery, current_setting('transaction_read_only') = 'on' AS read_only";

/// Opens a connection to the first host of the URL that can be written, or else to the first one that is read-only.
/// A server in recovery is refused: it may lag behind the primary, so a key that was revoked may still be live
/// there.
pub(crate) fn connect(url: &PostgresUrl) -> Result<PgConnection, StoreError> {
    let runtime = runtime().map_err(unavailable)?;
    let client = runtime.block_on(first_usable(url))?;
    Ok(PgConnection::new(client, runtime))
}

async fn first_usable(url: &PostgresUrl) -> Result<AsyncPgConnection, StoreError> {
    let tls = url.verification.connector().map_err(unavailable)?;
    let (mut read_only, mut failure) = (None, None);
    for host in &url.hosts {
        let opened = tokio::time::timeout(url.connect_timeout, open(host, &tls)).await;
        match opened.unwrap_or_else(|_| Err(Cause::TimedOut.into())) {
            Ok((client, Role::Writable)) => return Ok(client),
            Ok((client, Role::ReadOnly)) => match url.target {
                Target::Primary => return Ok(client),
                Target::Preferred => {
                    read_only.get_or_insert(client);
                }
                Target::ReadWrite => {
                    failure.get_or_insert(Cause::ReadOnlyDatabase.into());
                }
            },
            Ok((_, Role::InRecovery)) => {
                failure.get_or_insert(Cause::InRecovery.into());
            }
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    read_only.ok_or_else(|| failure.unwrap_or_else(|| Cause::TimedOut.into()))
}

/// What a server can be used for.
#[derive(Clone, Copy)]
enum Role {
    Writable,
    ReadOnly,
    InRecovery,
}

async fn open(
    host: &Config,
    tls: &MakeRustlsConnect,
) -> Result<(AsyncPgConnection, Role), StoreError> {
    let connected = host.connect(tls.clone()).await;
    let (client, mut connection) = connected.map_err(|error| refusal(&error))?;
    let set_up = tokio::select! {
        set_up = client.simple_query(SETTINGS) => set_up,
        ended = &mut connection => match ended {
            Ok(()) => return Err(Cause::Closed.into()),
            Err(error) => Err(error),
        },
    };
    let role = role(&set_up.map_err(|error| refusal(&error))?).ok_or(Cause::Closed)?;
    let client = AsyncPgConnection::try_from_client_and_connection(client, connection);
    Ok((client.await.map_err(unavailable)?, role))
}

/// Parses the answer to [`SETTINGS`].
fn role(answers: &[SimpleQueryMessage]) -> Option<Role> {
    let last = answers.iter().rev().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })?;
    Some(match (last.get("in_recovery")?, last.get("read_only")?) {
        ("f", "f") => Role::Writable,
        ("f", _) => Role::ReadOnly,
        _ => Role::InRecovery,
    })
}

/// Converts an error of connecting. One that only a change of the settings can mend is permanent.
fn refusal(error: &tokio_postgres::Error) -> StoreError {
    let Some(refused) = error.as_db_error() else {
        return StoreError::new(Reason::Unreachable, with_sources(error));
    };
    let code = refused.code();
    let is_permanent = [
        // There is no such database, or no such role.
        SqlState::INVALID_CATALOG_NAME,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_PASSWORD,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ]
    .contains(code);
    if is_permanent {
        StoreError::new(Reason::Misconfigured, refused.message())
    } else {
        StoreError::new(Reason::Unreachable, refused.message())
    }
}

/// Returns an error and what caused it, in one line.
fn with_sources(error: &dyn std::error::Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Returns whether the role may create tables, or `NULL` if there is no schema for them.
    #[sql_name = "has_schema_privilege"]
    fn has_right(schema: Nullable<Text>, right: Text) -> Nullable<Bool>;
    /// Returns the schema in which tables are created.
    fn current_schema() -> Nullable<Text>;
}

/// Returns whether the role may create tables.
pub(crate) fn may_create(connection: &mut PgConnection) -> QueryResult<bool> {
    let may_create = diesel::select(has_right(current_schema(), "CREATE"));
    let may_create: Option<bool> = may_create.get_result(connection)?;
    Ok(may_create.unwrap_or(false))
}

/// Locks out other processes that migrate, until the end of the transaction.
pub(crate) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    // The first bytes of the SHA-256 of "cocore migrations", so that no other program uses the number.
    let lock = "SELECT pg_advisory_xact_lock(7137022013570829113)";
    diesel::sql_query(lock).execute(connection).map(drop)
}
