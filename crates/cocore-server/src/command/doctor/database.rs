//! The database: whether it answers, its schema, and what PostgreSQL has to offer.

use cocore_keys::{Reason, StoreError};
use cocore_store::{DatabaseUrl, Diagnosis, PostgresDiagnosis};

use super::check::Check;

const DATABASE: &str = "database";
const SCHEMA: &str = "schema";
const ROLE: &str = "role";
const CONNECTIONS: &str = "connections";
const POOLER: &str = "pooler";
const SERVERS: &str = "servers";

/// The oldest version of PostgreSQL that is supported.
const MIN_VERSION: i64 = 15;
/// The most connections of a server.
const CONNECTIONS_OF_SERVER: i64 = 7;

/// Makes the checks of what was found. `None` if there is no database yet.
pub(super) fn checks(
    url: &DatabaseUrl,
    found: Option<&Result<Diagnosis, StoreError>>,
) -> Vec<Check> {
    let diagnosis = match found {
        None => return vec![Check::not_checked(DATABASE, "there is none yet")],
        Some(Err(error)) => return vec![unavailable(url, error)],
        Some(Ok(diagnosis)) => diagnosis,
    };
    let mut checks = Vec::new();
    match &diagnosis.postgres {
        None => checks.push(Check::ok(DATABASE, format!("{url} can be read"))),
        Some(found) => {
            checks.push(check_version(url, found));
            checks.push(check_role(found, diagnosis.schema_state));
            checks.push(check_connections(found));
            checks.push(check_pooler(found));
            checks.push(check_servers(found));
        }
    }
    checks.push(check_schema(diagnosis));
    checks
}

fn unavailable(url: &DatabaseUrl, error: &StoreError) -> Check {
    let action = match error.reason() {
        Reason::InRecovery => "name the primary in the URL: a standby may not know of a revocation",
        Reason::ReadOnly => "let the database be written",
        Reason::Misconfigured => "correct the database, the role or the password in the URL",
        Reason::Pooler => "let the pooler pool sessions, or connect past it",
        Reason::Unreachable | Reason::TimedOut => "check the address, the firewall and TLS",
        Reason::Locked => "end the process that has locked it",
        _ => "check that it is a database of this program",
    };
    Check::failed(DATABASE, format!("{url}: {error}"), action)
}

fn check_version(url: &DatabaseUrl, found: &PostgresDiagnosis) -> Check {
    let version = format!("{url}: PostgreSQL {}", found.version);
    if found.major_version < MIN_VERSION {
        let action = format!("upgrade it to version {MIN_VERSION} or later");
        Check::failed(DATABASE, version, action)
    } else if !found.is_durable {
        let found = format!("{version}, with fsync or full_page_writes off");
        Check::warning(
            DATABASE,
            found,
            "turn both on: a loss of power undoes revocations",
        )
    } else {
        Check::ok(DATABASE, version)
    }
}

fn check_role(found: &PostgresDiagnosis, schema: Result<(), Reason>) -> Check {
    let role = &found.role;
    if found.is_read_only {
        let found = format!("transactions of the role {role} are read-only");
        return Check::failed(
            ROLE,
            found,
            "let it write: default_transaction_read_only = off",
        );
    }
    if !found.missing_rights.is_empty() {
        let rights = found.missing_rights.join(", ");
        let found = format!("the role {role} has no right to {rights}");
        return Check::failed(ROLE, found, "grant the rights to it");
    }
    match (found.may_create, schema) {
        (true, _) => Check::ok(ROLE, format!("{role} may read, write and create tables")),
        (false, Err(Reason::OlderSchema)) => Check::failed(
            ROLE,
            format!("the role {role} may not create tables, and some are missing"),
            "run `cocore-server migrate` as the owner of the database",
        ),
        (false, _) => Check::ok(
            ROLE,
            format!("{role} may read and write; another role has to run `cocore-server migrate`"),
        ),
    }
}

fn check_connections(found: &PostgresDiagnosis) -> Check {
    let free = found.max_connections - found.connections;
    let text = format!("{} of {} are free", free.max(0), found.max_connections);
    let action = format!(
        "raise max_connections, or the role's limit: a server needs {CONNECTIONS_OF_SERVER}"
    );
    // This command has two at this moment.
    if free + 2 < CONNECTIONS_OF_SERVER {
        Check::failed(CONNECTIONS, text, action)
    } else if free < 2 * CONNECTIONS_OF_SERVER {
        Check::warning(CONNECTIONS, text, action)
    } else {
        Check::ok(CONNECTIONS, text)
    }
}

fn check_pooler(found: &PostgresDiagnosis) -> Check {
    match &found.sessions {
        Ok(()) => Check::ok(POOLER, "each connection keeps its session"),
        Err(error) if error.reason() == Reason::Pooler => Check::failed(
            POOLER,
            "a connection pooler assigns another session to each transaction",
            "let it pool sessions (pool_mode = session), or connect past it",
        ),
        Err(error) => Check::not_checked(POOLER, error),
    }
}

fn check_servers(found: &PostgresDiagnosis) -> Check {
    let Some(servers) = found.servers else {
        return Check::not_checked(SERVERS, "the tables do not exist yet");
    };
    let text = format!("{} renew their lease", servers.running);
    match servers.expired {
        0 => Check::ok(SERVERS, text),
        expired => Check::ok(
            SERVERS,
            format!(
                "{text}; {expired} expired leases are left of servers that were killed, and are removed by the others"
            ),
        ),
    }
}

fn check_schema(found: &Diagnosis) -> Check {
    let version = found.schema.as_deref();
    match (found.schema_state, version) {
        (Ok(()), Some(version)) => Check::ok(SCHEMA, format!("{version}, that of this program")),
        (Err(Reason::NewerSchema), version) => Check::failed(
            SCHEMA,
            format!("{} is newer than this program", version.unwrap_or("it")),
            "use the version of the program that has migrated it",
        ),
        (_, Some(version)) => Check::warning(
            SCHEMA,
            format!("{version} is older than this program: migrations are pending"),
            "back the database up, then run `cocore-server migrate`, or start the server",
        ),
        (_, None) => Check::warning(
            SCHEMA,
            "the database has no tables of this program",
            "check that it is the right one: the server creates them when it starts",
        ),
    }
}
