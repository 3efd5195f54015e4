//! Writes on their way to the database.

use std::time::{Duration, Instant};

use cocore_keys::{Change, Creation, StoreError};
use diesel::QueryResult;
use diesel::connection::Connection as _;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::connection::AnyConnection;
use crate::creations;
use crate::error::unavailable;

/// How long the caller of a write waits for the answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The effect of a write on the keys.
#[derive(Clone, Copy)]
pub(crate) enum Effect<'w> {
    None,
    /// Keys were changed.
    Changed(&'w [Change]),
    /// The write read the result of an earlier change of keys, which may not be answered yet. It must not
    /// be answered before every server has applied that change.
    Observed,
}

impl<'w> Effect<'w> {
    /// Returns the changes for sets of live keys.
    pub(crate) fn changes(self) -> &'w [Change] {
        match self {
            Self::Changed(changes) => changes,
            Self::None | Self::Observed => &[],
        }
    }
}

/// The effect of a query on the keys.
pub(crate) enum Outcome {
    None,
    /// It has changed keys, or, if there is no change, observed them.
    Keys(Vec<Change>),
}

/// A write that shares a transaction with others.
pub(crate) trait Write: Send {
    /// Runs the write. With a savepoint it is complete; without, a key that it creates remains to be
    /// inserted, together with those of the others. It may be run twice: the first transaction may have
    /// been rolled back.
    fn run(&mut self, connection: &mut AnyConnection, savepoint: bool) -> Result<(), &DieselError>;

    /// Returns the effect of the last run.
    fn effect(&self) -> Effect<'_>;

    /// Returns the key that remains to be inserted after the last run.
    fn creation(&self) -> Option<&Creation> {
        None
    }

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
    result: QueryResult<(T, Outcome)>,
    caller: Caller<T>,
}

impl<T, Q> Query<T, Q>
where
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Outcome)>,
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
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Outcome)> + Send,
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
            Ok((_, Outcome::Keys(changes))) if changes.is_empty() => Effect::Observed,
            Ok((_, Outcome::Keys(changes))) => Effect::Changed(changes),
            Ok((_, Outcome::None)) | Err(_) => Effect::None,
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

/// The creation of a key, together with those of others. The answer is whether it was created.
pub(crate) struct CreateKey {
    creation: Creation,
    change: [Change; 1],
    result: QueryResult<Inserted>,
    caller: Caller<bool>,
}

/// What a run has done.
#[derive(Clone, Copy)]
enum Inserted {
    /// Nothing yet: the key is inserted with the others.
    Later,
    /// It has inserted the key, unless its creator is not as it was.
    Now(bool),
}

impl CreateKey {
    pub(crate) fn new(creation: Creation) -> (Self, Answer<bool>) {
        let (caller, answer) = Caller::new();
        let write = Self {
            change: [Change::Set(creation.key.active.clone())],
            creation,
            result: Ok(Inserted::Later),
            caller,
        };
        (write, answer)
    }
}

impl Write for CreateKey {
    fn run(&mut self, connection: &mut AnyConnection, savepoint: bool) -> Result<(), &DieselError> {
        self.result = if savepoint {
            let insert = |connection: &mut AnyConnection| {
                creations::insert(connection, [&self.creation]).map(Inserted::Now)
            };
            connection.transaction(insert)
        } else {
            Ok(Inserted::Later)
        };
        self.result.as_ref().map(drop)
    }

    fn effect(&self) -> Effect<'_> {
        match self.result {
            Ok(Inserted::Later | Inserted::Now(true)) => Effect::Changed(&self.change),
            Ok(Inserted::Now(false)) => Effect::Observed,
            Err(_) => Effect::None,
        }
    }

    fn creation(&self) -> Option<&Creation> {
        matches!(self.result, Ok(Inserted::Later)).then_some(&self.creation)
    }

    fn is_abandoned(&self) -> bool {
        self.caller.is_gone()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, caller, .. } = *self;
        let result = committed.and_then(|()| result.map_err(unavailable));
        caller.answer(result.map(|inserted| !matches!(inserted, Inserted::Now(false))));
    }
}
