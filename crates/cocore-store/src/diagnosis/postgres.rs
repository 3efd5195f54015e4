//! What only PostgreSQL has: a version, a role with rights, connections, a clock, and several servers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::repeated::repeated;
use crate::error::unavailable;
use crate::postgres::{PgConnection, PostgresUrl, check_session, may_create, servers_found};

pub use crate::postgres::ServersFound;

/// How long all statements may take together.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The facts that one query returns. The number of connections is that of all roles and databases.
const FACTS: &str = "SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::bigint AS version_number,
        current_user::text AS role,
        current_setting('transaction_read_only') = 'on' AS is_read_only,
        current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS is_durable,
        current_setting('max_connections')::bigint
            - current_setting('superuser_reserved_connections')::bigint
            - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::bigint AS max_connections,
        (SELECT sum(numbackends) FROM pg_stat_database)::bigint AS connections,
        (SELECT nullif(rolconnlimit, -1)::bigint FROM pg_roles WHERE rolname = current_user) AS role_limit,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

/// The rights that a server needs, and the role does not have.
const MISSING_RIGHTS: &str = "SELECT upper(r) || ' on ' || t AS name
    FROM (VALUES ('keys', 'select,insert,update,delete'), ('sessions', 'select,insert,update,delete'),
        ('key_lineage', 'select,insert,delete'), ('key_events', 'select,insert,delete'),
        ('key_answers', 'select,insert,delete'),
        ('call_limits', 'select,insert,update,delete'), ('call_budgets', 'select,insert,update,delete'),
        ('call_usage', 'select,insert,update,delete'), ('call_reports', 'select,insert,delete'),
        ('login_links', 'select,insert,delete'), ('seen_tokens', 'select,insert,delete'),
        ('sealed', 'select,insert,delete'), ('proxy_sessions', 'select,insert,update,delete'), ('lease_epoch', 'select,update'),
        ('lease_changes', 'select,insert,delete'), ('lease_servers', 'select,insert,update,delete'),
        ('__diesel_schema_migrations', 'select')) AS needed(t, rights),
        unnest(string_to_array(rights, ',')) AS r
    WHERE to_regclass(t) IS NOT NULL AND NOT has_table_privilege(to_regclass(t), r)
    ORDER BY t, r";

/// What a PostgreSQL database was found to be.
#[derive(Debug)]
#[non_exhaustive]
pub struct PostgresDiagnosis {
    /// The version, such as `17.2`.
    pub version: String,
    /// The major version.
    pub major_version: i64,
    /// The role that the URL names.
    pub role: String,
    /// Whether the role may create tables.
    pub may_create: bool,
    /// The rights on existing tables that the role lacks, such as `INSERT on keys`.
    pub missing_rights: Vec<String>,
    /// Whether transactions are read-only.
    pub is_read_only: bool,
    /// Whether PostgreSQL keeps what it has acknowledged after a loss of power: `fsync` and `full_page_writes` are on.
    pub is_durable: bool,
    /// How many connections there may be, for this role.
    pub max_connections: i64,
    /// How many connections there are.
    pub connections: i64,
    /// Whether a connection keeps its session.
    pub sessions: Result<(), StoreError>,
    /// By how many milliseconds the clock of the database is ahead of that of this machine.
    pub clock_ahead: i64,
    /// The servers that use the database. `None` if the tables do not exist.
    pub servers: Option<ServersFound>,
}

#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    version_number: i64,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
    #[diesel(sql_type = Bool)]
    is_durable: bool,
    #[diesel(sql_type = BigInt)]
    max_connections: i64,
    #[diesel(sql_type = BigInt)]
    connections: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    role_limit: Option<i64>,
    #[diesel(sql_type = BigInt)]
    now: i64,
}

#[derive(QueryableByName)]
struct Right {
    #[diesel(sql_type = Text)]
    name: String,
}

pub(super) fn diagnose(
    connection: &mut PgConnection,
    url: &PostgresUrl,
) -> Result<PostgresDiagnosis, StoreError> {
    connection.set_time_limit(TIMEOUT);
    let sessions = check_session(connection, url);
    let before = unix_millis();
    let facts: Facts =
        repeated(|| diesel::sql_query(FACTS).get_result(connection)).map_err(unavailable)?;
    let halfway = before + (unix_millis() - before) / 2;
    let may_create = repeated(|| may_create(connection)).map_err(unavailable)?;
    let rights: Vec<Right> =
        repeated(|| diesel::sql_query(MISSING_RIGHTS).load(connection)).map_err(unavailable)?;
    let servers = servers_found(connection).ok();
    Ok(PostgresDiagnosis {
        version: facts.version,
        major_version: facts.version_number / 10_000,
        role: facts.role,
        may_create,
        missing_rights: rights.into_iter().map(|right| right.name).collect(),
        is_read_only: facts.is_read_only,
        is_durable: facts.is_durable,
        max_connections: facts.role_limit.map_or(facts.max_connections, |limit| {
            limit.min(facts.max_connections)
        }),
        connections: facts.connections,
        sessions,
        clock_ahead: facts.now - halfway,
        servers,
    })
}

fn unix_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}
