//! A connection to PostgreSQL: Diesel's asynchronous client behind Diesel's blocking interface, so that each query
//! is written once for both databases. Every wait for the server has a limit; a connection whose limit has passed
//! must be dropped, which closes it and leaves nothing behind.

use std::any::Any;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::Duration;

use diesel::ConnectionResult;
use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, Instrumentation,
    LoadConnection, MultiConnectionHelper, SimpleConnection, TransactionManager,
};
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::{
    FailedToLookupTypeError, Pg, PgMetadataCacheKey, PgMetadataLookup, PgNotification,
    PgTypeMetadata,
};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use diesel::sql_types::TypeMetadata;
use diesel_async::{
    AsyncConnection, AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection,
};
use futures_util::FutureExt;
use futures_util::stream::StreamExt;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

use crate::error::{CLOSED, NO_ANSWER};

/// How long the server may be silent. It cancels a statement earlier.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(8);

/// Returns the runtime that reads and writes the connections of this process.
///
/// # Errors
/// Its threads cannot be started.
pub(super) fn runtime() -> io::Result<&'static Handle> {
    static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            // They look up host names.
            .max_blocking_threads(2)
            .thread_name("postgres")
            .enable_all()
            .build()
    });
    match &*RUNTIME {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}

/// A connection to PostgreSQL. Its methods block, and panic on a thread that runs asynchronous tasks.
pub(crate) struct PgConnection {
    client: Box<AsyncPgConnection>,
    transactions: AnsiTransactionManager,
    waits: Waits,
}

/// How long to wait for the server.
#[derive(Clone, Copy)]
struct Waits {
    runtime: &'static Handle,
    /// How long it may be silent.
    timeout: Duration,
    /// When the whole piece of work has to be done.
    deadline: Option<Instant>,
}

impl PgConnection {
    pub(super) fn new(client: AsyncPgConnection, runtime: &'static Handle) -> Self {
        Self {
            client: Box::new(client),
            transactions: AnsiTransactionManager::default(),
            waits: Waits {
                runtime,
                timeout: STATEMENT_TIMEOUT,
                deadline: None,
            },
        }
    }

    /// Limits how long all statements from now on may take together, until this is called again.
    pub(crate) fn set_time_limit(&mut self, limit: Duration) {
        self.waits.deadline = Some(Instant::now() + limit);
    }

    /// Limits only how long the server may be silent.
    pub(super) fn set_silence_limit(&mut self, limit: Duration) {
        self.waits.timeout = limit;
        self.waits.deadline = None;
    }

    /// Returns the next notification, if one has arrived.
    pub(super) fn arrived(&mut self) -> Option<QueryResult<PgNotification>> {
        self.notification().now_or_never()
    }

    /// Waits for a notification.
    ///
    /// # Errors
    /// The connection was closed.
    pub(super) async fn notification(&mut self) -> QueryResult<PgNotification> {
        let mut notifications = pin!(self.client.notifications_stream());
        notifications
            .next()
            .await
            .unwrap_or_else(|| Err(closed(CLOSED)))
    }
}

impl Waits {
    /// Waits for an answer of the server.
    fn wait<T>(self, answer: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
        let silent = Instant::now() + self.timeout;
        let deadline = self
            .deadline
            .map_or(silent, |deadline| deadline.min(silent));
        self.runtime
            .block_on(async { tokio::time::timeout_at(deadline, answer).await })
            .unwrap_or_else(|_| Err(closed(NO_ANSWER)))
    }
}

fn closed(why: &str) -> DieselError {
    DieselError::DatabaseError(
        DatabaseErrorKind::ClosedConnection,
        Box::new(why.to_owned()),
    )
}

impl SimpleConnection for PgConnection {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.waits.wait(self.client.batch_execute(query))
    }
}

impl ConnectionSealed for PgConnection {}

impl Connection for PgConnection {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    /// Fails: see [`super::connect`].
    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(diesel::ConnectionError::BadConnection(
            "expected a parsed URL".to_owned(),
        ))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.waits.wait(self.client.execute_returning_count(source))
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <AnsiTransactionManager as TransactionManager<Self>>::TransactionStateData {
        &mut self.transactions
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.client.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.client.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.client.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for PgConnection {
    type Cursor<'conn, 'query> = Rows;
    type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Rows>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: diesel::expression::QueryMetadata<T::SqlType>,
    {
        let rows = self.waits.wait(self.client.load(source))?;
        Ok(Rows {
            rows,
            waits: self.waits,
        })
    }
}

/// The rows of a result, of which a few are in memory at a time.
pub(crate) struct Rows {
    rows: <AsyncPgConnection as AsyncConnectionCore>::Stream<'static, 'static>,
    waits: Waits,
}

impl Iterator for Rows {
    type Item = QueryResult<<AsyncPgConnection as AsyncConnectionCore>::Row<'static, 'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { rows, waits } = self;
        // Most rows have arrived with the one before.
        if let Some(row) = rows.next().now_or_never() {
            return row;
        }
        let row = waits.wait(async { Ok(rows.next().await) });
        row.unwrap_or_else(|error| Some(Err(error)))
    }
}

impl MigrationConnection for PgConnection {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}

/// The types of PostgreSQL itself, whose numbers Diesel knows. The tables have no others.
struct BuiltInTypes;

impl PgMetadataLookup for BuiltInTypes {
    fn lookup_type(&mut self, type_name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let schema = schema.map(|schema| schema.to_owned().into());
        let unknown = PgMetadataCacheKey::new(schema, type_name.to_owned().into());
        PgTypeMetadata::from_result(Err(FailedToLookupTypeError::new(unknown)))
    }

    fn as_any<'a>(&mut self) -> &mut (dyn Any + 'a) {
        self
    }
}

type Lookup = <Pg as TypeMetadata>::MetadataLookup;

impl MultiConnectionHelper for PgConnection {
    fn to_any<'a>(_: &mut Lookup) -> &mut (dyn Any + 'a) {
        // It has no size, so nothing is allocated.
        Box::leak(Box::new(BuiltInTypes))
    }

    fn from_any(lookup: &mut dyn Any) -> Option<&mut Lookup> {
        let types = lookup.downcast_mut::<BuiltInTypes>();
        types.map(|types| types as &mut Lookup)
    }
}
