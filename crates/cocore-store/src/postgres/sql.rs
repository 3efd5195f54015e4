//! SQL statements that are prepared once per connection. Diesel's `sql_query` is sent, parsed and planned
//! anew each time, in two round trips.

use diesel::RunQueryDsl;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{SqlType, Untyped};

use super::connection::PgConnection;

/// A statement with a question mark for each value.
pub(super) struct Sql<'q> {
    text: &'static str,
    values: Vec<Box<dyn QueryFragment<Pg> + Send + 'q>>,
}

/// Creates a statement without values.
pub(super) fn sql<'q>(text: &'static str) -> Sql<'q> {
    Sql {
        text,
        values: Vec::new(),
    }
}

impl<'q> Sql<'q> {
    /// Binds the value of the next question mark.
    pub(super) fn bind<T, V>(mut self, value: V) -> Self
    where
        T: SqlType + TypedExpressionType,
        V: AsExpression<T, Expression: QueryFragment<Pg> + Send + 'q>,
    {
        self.values.push(Box::new(value.as_expression()));
        self
    }
}

impl QueryFragment<Pg> for Sql<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut parts = self.text.split('?');
        out.push_sql(parts.next().unwrap_or_default());
        for (value, part) in self.values.iter().zip(parts) {
            value.walk_ast(out.reborrow())?;
            out.push_sql(part);
        }
        Ok(())
    }
}

/// The statement cache identifies it by its text.
impl QueryId for Sql<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Sql<'_> {}
