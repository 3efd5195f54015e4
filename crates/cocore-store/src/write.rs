//! Writes on their way to the database.

use std::time::{Duration, Instant};

use cocore_keys::{Change, Digest, NewKey, StoreError};
use diesel::QueryResult;
use diesel::connection::Connection as _;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::api_keys;
use crate::connection::AnyConnection;
use crate::error::unavailable;

/// How long the caller of a write waits for the answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The effect of a write on the keys.
#[derive(Clone, Copy)]
pub(crate) enum Effect<'w> {
    None,
    /// A key was created.
    Created(&'w NewKey),
    /// The key with this digest was revoked or deleted.
    Removed(Digest),
    /// The write read the result of an earlier change of keys, which may not be answered yet. It must not
    /// be answered before every server has applied that change.
    Observed,
}

impl<'w> Effect<'w> {
    /// Returns the digest of the key that changed.
    pub(crate) fn digest(self) -> Option<Digest> {
        match self {
            Self::Created(new) => Some(new.active.digest),
            Self::Removed(digest) => Some(digest),
            Self::None | Self::Observed => None,
        }
    }

    /// Returns the key that was created.
    pub(crate) fn created(self) -> Option<&'w NewKey> {
        match self {
            Self::Created(new) => Some(new),
            Self::None | Self::Removed(_) | Self::Observed => None,
        }
    }

    /// Returns the change for sets of live keys.
    pub(crate) fn change(self) -> Option<Change> {
        match self {
            Self::Created(new) => Some(Change::Created(new.active.clone())),
            Self::Removed(digest) => Some(Change::Removed(digest)),
            Self::None | Self::Observed => None,
        }
    }
}

/// A write that shares a transaction with others.
pub(crate) trait Write: Send {
    /// Runs the write. With a savepoint it is complete; without, a key that it creates remains to be
    /// inserted, together with those of the others. It may be run twice: the first transaction may have
    /// been rolled back.
    fn run(&mut self, connection: &mut AnyConnection, savepoint: bool) -> Result<(), &DieselError>;

    /// Returns the effect of the last run.
    fn effect(&self) -> Effect<'_>;

    /// Returns whether the caller was answered that the write timed out.
    fn is_abandoned(&self) -> bool;

    /// Answers the caller, once the transaction is committed or has failed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// The caller of a write, who waits for the answer.
struct Caller<T> {
    since: Instant,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T> Caller<T> {
    fn new() -> (Self, Answer<T>) {
        let (answer, answered) = oneshot::channel();
        let since = Instant::now();
        (Self { since, answer }, answered)
    }

    fn is_gone(&self) -> bool {
        self.answer.is_closed() && self.since.elapsed() >= TIMEOUT
    }

    /// A caller that is gone does not undo the write.
    fn answer(self, result: Result<T, StoreError>) {
        let _ = self.answer.send(result);
    }
}

/// The answer to a write.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

/// A query, and its effect on existing keys.
pub(crate) struct Query<T, Q> {
    query: Q,
    result: QueryResult<(T, Effect<'static>)>,
    caller: Caller<T>,
}

impl<T, Q> Query<T, Q>
where
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Effect<'static>)>,
{
    pub(crate) fn new(query: Q) -> (Self, Answer<T>) {
        let (caller, answer) = Caller::new();
        let write = Self {
            query,
            // Until it is run.
            result: Err(DieselError::RollbackTransaction),
            caller,
        };
        (write, answer)
    }
}

impl<T, Q> Write for Query<T, Q>
where
    T: Send,
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Effect<'static>)> + Send,
{
    fn run(&mut self, connection: &mut AnyConnection, savepoint: bool) -> Result<(), &DieselError> {
        self.result = if savepoint {
            connection.transaction(&self.query)
        } else {
            (self.query)(connection)
        };
        self.result.as_ref().map(drop)
    }

    fn effect(&self) -> Effect<'_> {
        match &self.result {
            Ok((_, effect)) => *effect,
            Err(_) => Effect::None,
        }
    }

    fn is_abandoned(&self) -> bool {
        self.caller.is_gone()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, caller, .. } = *self;
        let result = committed.and_then(|()| result.map_err(unavailable));
        caller.answer(result.map(|(value, _)| value));
    }
}

/// The creation of a key.
pub(crate) struct CreateKey {
    key: NewKey,
    result: QueryResult<()>,
    caller: Caller<NewKey>,
}

impl CreateKey {
    pub(crate) fn new(key: NewKey) -> (Self, Answer<NewKey>) {
        let (caller, answer) = Caller::new();
        let write = Self {
            key,
            result: Ok(()),
            caller,
        };
        (write, answer)
    }
}

impl Write for CreateKey {
    fn run(&mut self, connection: &mut AnyConnection, savepoint: bool) -> Result<(), &DieselError> {
        self.result = if savepoint {
            connection.transaction(|connection| api_keys::insert(connection, [&self.key]))
        } else {
            Ok(())
        };
        self.result.as_ref().copied()
    }

    fn effect(&self) -> Effect<'_> {
        match self.result {
            Ok(()) => Effect::Created(&self.key),
            Err(_) => Effect::None,
        }
    }

    fn is_abandoned(&self) -> bool {
        self.caller.is_gone()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self {
            key,
            result,
            caller,
        } = *self;
        let result = committed.and_then(|()| result.map_err(unavailable));
        caller.answer(result.map(|()| key));
    }
}
