//! The table `proxy_sessions`: the OAuth sessions by which the record proxy writes at the hosts of accounts. The caller
//! encrypts and decrypts their tokens.

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::proxy_sessions;
use crate::store::Store;
use crate::time::{millis, time};

/// How long a session is kept without use: longer than any host accepts its refresh token.
const UNUSED_RETENTION: TimeDelta = TimeDelta::days(400);

/// The OAuth session of an account at its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxySession {
    /// The encrypted tokens.
    pub tokens: Vec<u8>,
    /// The permissions that the person granted, as OAuth writes them.
    pub scope: String,
    /// A number that grows with each change of the tokens.
    pub version: i64,
    /// When the person granted them.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = proxy_sessions, check_for_backend(MultiBackend))]
struct Row {
    tokens: Vec<u8>,
    scope: String,
    version: i64,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl From<Row> for ProxySession {
    fn from(row: Row) -> Self {
        Self {
            tokens: row.tokens,
            scope: row.scope,
            version: row.version,
            created_at: time(row.created_at),
            last_used_at: row.last_used_at.map(time),
        }
    }
}

impl Store {
    /// Stores the session of an account, and returns the tokens of the one that it replaces, which are not
    /// refreshed any more.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_put(
        &self,
        did: &str,
        tokens: Vec<u8>,
        scope: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (did, scope) = (did.to_owned(), scope.to_owned());
        self.write(move |connection| {
            let before = take(connection, &did)?;
            let version = before.as_ref().map_or(0, |before| before.version);
            // Higher than that of a session that was removed, whose tokens may be refreshed at this moment.
            let version = version.max(millis(now));
            let row = (
                proxy_sessions::did.eq(&did),
                proxy_sessions::tokens.eq(&tokens),
                proxy_sessions::scope.eq(&scope),
                proxy_sessions::version.eq(version + 1),
                proxy_sessions::created_at.eq(millis(now)),
            );
            let inserted = diesel::insert_into(proxy_sessions::table).values(row);
            inserted.execute(connection)?;
            Ok(before.map(|before| before.tokens))
        })
        .await
    }

    /// Returns the session of an account.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session(&self, did: &str) -> Result<Option<ProxySession>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| {
            let row = proxy_sessions::table.find(&did).select(Row::as_select());
            let row = row.first(connection).optional()?;
            Ok(row.map(ProxySession::from))
        })
        .await
    }

    /// Leases a session to `refresher`, which is about to refresh its tokens, unless it has another version now or
    /// another server holds the lease. Returns whether it was leased.
    ///
    /// On PostgreSQL the clock of the database counts, so that servers whose clocks differ do not refresh at once.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_lease(
        &self,
        did: &str,
        version: i64,
        refresher: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<bool, StoreError> {
        let (did, refresher) = (did.to_owned(), refresher.to_owned());
        self.write(move |connection| {
            let now = shared_now(connection, now)?;
            let is_free = proxy_sessions::refresh_until
                .is_null()
                .or(proxy_sessions::refresh_until.assume_not_null().le(now));
            let session = proxy_sessions::table
                .filter(proxy_sessions::did.eq(&did))
                .filter(proxy_sessions::version.eq(version))
                .filter(is_free);
            let until = now.saturating_add(lifetime.num_milliseconds());
            let lease = (
                proxy_sessions::refresher.eq(Some(&refresher)),
                proxy_sessions::refresh_until.eq(Some(until)),
            );
            let leased = diesel::update(session).set(lease).execute(connection)?;
            Ok(leased > 0)
        })
        .await
    }

    /// Stores refreshed tokens, and ends the lease of `refresher`. Returns whether it still held the lease: otherwise
    /// nothing is changed.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_refreshed(
        &self,
        did: &str,
        refresher: &str,
        tokens: Vec<u8>,
        scope: &str,
    ) -> Result<bool, StoreError> {
        let (did, refresher, scope) = (did.to_owned(), refresher.to_owned(), scope.to_owned());
        self.write(move |connection| {
            let change = (
                proxy_sessions::tokens.eq(&tokens),
                proxy_sessions::scope.eq(&scope),
                proxy_sessions::version.eq(proxy_sessions::version + 1),
                proxy_sessions::refresher.eq(None::<String>),
                proxy_sessions::refresh_until.eq(None::<i64>),
            );
            let session = proxy_sessions::table
                .filter(proxy_sessions::did.eq(&did))
                .filter(proxy_sessions::refresher.eq(Some(&refresher)));
            let changed = diesel::update(session).set(change).execute(connection)?;
            Ok(changed > 0)
        })
        .await
    }

    /// Ends the lease of `refresher`, which has not refreshed the tokens.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_release(
        &self,
        did: &str,
        refresher: &str,
    ) -> Result<(), StoreError> {
        let (did, refresher) = (did.to_owned(), refresher.to_owned());
        self.write(move |connection| {
            let session = proxy_sessions::table
                .filter(proxy_sessions::did.eq(&did))
                .filter(proxy_sessions::refresher.eq(Some(&refresher)));
            let change = (
                proxy_sessions::refresher.eq(None::<String>),
                proxy_sessions::refresh_until.eq(None::<i64>),
            );
            let released = diesel::update(session).set(change).execute(connection);
            released.map(drop)
        })
        .await
    }

    /// Removes a session, unless it has another version now.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_ended(&self, did: &str, version: i64) -> Result<(), StoreError> {
        let did = did.to_owned();
        self.write(move |connection| {
            let session = proxy_sessions::table
                .filter(proxy_sessions::did.eq(&did))
                .filter(proxy_sessions::version.eq(version));
            diesel::delete(session).execute(connection).map(drop)
        })
        .await
    }

    /// Records that a session was used.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn proxy_session_used(&self, did: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let (did, at) = (did.to_owned(), millis(at));
        self.write(move |connection| {
            let is_earlier = proxy_sessions::last_used_at
                .is_null()
                .or(proxy_sessions::last_used_at.assume_not_null().lt(at));
            let session = proxy_sessions::table
                .filter(proxy_sessions::did.eq(&did))
                .filter(is_earlier);
            let used = diesel::update(session).set(proxy_sessions::last_used_at.eq(Some(at)));
            used.execute(connection).map(drop)
        })
        .await
    }
}

/// Removes the session of an account, and returns it.
fn take(connection: &mut AnyConnection, did: &str) -> QueryResult<Option<ProxySession>> {
    // One transaction at a time writes, so no other can change the row in between.
    let session = proxy_sessions::table.find(did);
    let found: Option<Row> = session
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    diesel::delete(session).execute(connection)?;
    Ok(found.map(ProxySession::from))
}

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    now: i64,
}

/// The time that all servers of a database agree on. An SQLite file has one server, whose clock it is.
fn shared_now(connection: &mut AnyConnection, own: DateTime<Utc>) -> QueryResult<i64> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(millis(own)),
        AnyConnection::Postgres(connection) => {
            let query = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";
            let Now { now } = diesel::sql_query(query).get_result(connection)?;
            Ok(now)
        }
    }
}

/// Removes sessions that were not used for so long that their hosts have ended them, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let before = millis(now - UNUSED_RETENTION);
    let is_unused = proxy_sessions::created_at.le(before).and(
        proxy_sessions::last_used_at
            .is_null()
            .or(proxy_sessions::last_used_at.assume_not_null().le(before)),
    );
    diesel::delete(proxy_sessions::table.filter(is_unused)).execute(connection)
}
