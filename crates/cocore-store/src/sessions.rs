//! The table `sessions`: its rows, and every query on it.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::sessions;
use crate::store::Store;
use crate::time::{millis, time};

/// A session of the console: a browser in which an account is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id, by which it can be signed out. It is not secret.
    pub id: String,
    /// The DID of the account.
    pub did: String,
    /// The handle of the account at sign-in.
    pub handle: Option<String>,
    /// The name of the browser, for display.
    pub browser: String,
    /// The client address at sign-in.
    pub address: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to a minute.
    pub last_seen_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
struct Row {
    id: String,
    did: String,
    handle: Option<String>,
    browser: String,
    address: String,
    created_at: i64,
    last_seen_at: i64,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            did: row.did,
            handle: row.handle,
            browser: row.browser,
            address: row.address,
            created_at: time(row.created_at),
            last_seen_at: time(row.last_seen_at),
        }
    }
}

impl Store {
    /// Creates a session whose cookie has this SHA-256.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_create(
        &self,
        digest: [u8; 32],
        session: Session,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let row = (
                sessions::id.eq(&session.id),
                sessions::hash.eq(&digest[..]),
                sessions::did.eq(&session.did),
                sessions::handle.eq(&session.handle),
                sessions::browser.eq(&session.browser),
                sessions::address.eq(&session.address),
                sessions::created_at.eq(millis(session.created_at)),
                sessions::last_seen_at.eq(millis(session.last_seen_at)),
            );
            let inserted = diesel::insert_into(sessions::table).values(row);
            inserted.execute(connection).map(drop)
        })
        .await
    }

    /// Returns the session whose cookie has this SHA-256.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_by_digest(&self, digest: [u8; 32]) -> Result<Option<Session>, StoreError> {
        self.read(move |connection| {
            let row = sessions::table
                .filter(sessions::hash.eq(&digest[..]))
                .select(Row::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(Session::from))
        })
        .await
    }

    /// Returns the account's sessions, the last used first.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_list(&self, did: &str) -> Result<Vec<Session>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| {
            let rows: Vec<Row> = sessions::table
                .filter(sessions::did.eq(&did))
                .order((sessions::last_seen_at.desc(), sessions::id.desc()))
                .select(Row::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(Session::from).collect())
        })
        .await
    }

    /// Returns the number of sessions of all accounts that were created and last used after these times.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_count(
        &self,
        created_after: DateTime<Utc>,
        seen_after: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        self.read(move |connection| {
            let active = sessions::created_at
                .gt(millis(created_after))
                .and(sessions::last_seen_at.gt(millis(seen_after)));
            sessions::table
                .filter(active)
                .count()
                .get_result(connection)
        })
        .await
    }

    /// Records that a session was used.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_seen(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let (id, at) = (id.to_owned(), millis(at));
        self.write(move |connection| {
            let session = sessions::table
                .filter(sessions::id.eq(&id))
                .filter(sessions::last_seen_at.lt(at));
            let updated = diesel::update(session).set(sessions::last_seen_at.eq(at));
            updated.execute(connection).map(drop)
        })
        .await
    }

    /// Signs out one session of an account, or all of them, and returns their number.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session_end(&self, did: &str, id: Option<&str>) -> Result<usize, StoreError> {
        let (did, id) = (did.to_owned(), id.map(str::to_owned));
        self.write(move |connection| {
            let of_account = sessions::table.filter(sessions::did.eq(&did));
            match &id {
                Some(id) => {
                    diesel::delete(of_account.filter(sessions::id.eq(id))).execute(connection)
                }
                None => diesel::delete(of_account).execute(connection),
            }
        })
        .await
    }
}

/// Removes expired sessions, and returns their number.
pub(crate) fn purge(
    connection: &mut AnyConnection,
    created_before: DateTime<Utc>,
    unseen_since: DateTime<Utc>,
) -> QueryResult<usize> {
    let expired = sessions::created_at
        .le(millis(created_before))
        .or(sessions::last_seen_at.le(millis(unseen_since)));
    diesel::delete(sessions::table.filter(expired)).execute(connection)
}
