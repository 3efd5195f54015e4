//! The table of sessions: its rows, and every query on it.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::Store;
use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::sessions;
use crate::time::{millis, time};

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; no secret.
    pub id: String,
    /// Who is signed in.
    pub did: String,
    /// Their handle at that time.
    pub handle: Option<String>,
    /// The browser, as a person would call it.
    pub browser: String,
    /// The address from which they signed in.
    pub address: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take a minute.
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
    /// Begins a session whose cookie has this SHA-256.
    ///
    /// # Errors
    /// The store cannot answer.
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

    /// The session whose cookie has this SHA-256.
    ///
    /// # Errors
    /// The store cannot answer.
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

    /// The account's sessions, the last used first.
    ///
    /// # Errors
    /// The store cannot answer.
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

    /// Notes that a session was used.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn session_seen(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let (id, at) = (id.to_owned(), millis(at));
        self.write(move |connection| {
            let session = sessions::table
                .filter(sessions::id.eq(&id))
                .filter(sessions::last_seen_at.lt(at));
            let noted = diesel::update(session).set(sessions::last_seen_at.eq(at));
            noted.execute(connection).map(drop)
        })
        .await
    }

    /// Ends one session of an account, or all of them: how many there were.
    ///
    /// # Errors
    /// The store cannot answer.
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

/// Removes the sessions that are over.
pub(crate) fn purge(
    connection: &mut AnyConnection,
    begun_before: DateTime<Utc>,
    unseen_since: DateTime<Utc>,
) -> QueryResult<usize> {
    let over = sessions::created_at
        .le(millis(begun_before))
        .or(sessions::last_seen_at.le(millis(unseen_since)));
    diesel::delete(sessions::table.filter(over)).execute(connection)
}
