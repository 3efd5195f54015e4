//! Queries that fail behind a pooler for no reason of their own.

use diesel::QueryResult;

/// Repeats a query that fails. Behind a pooler of transactions, a statement may reach another session than the one that has
/// prepared it.
pub(super) fn repeated<T>(mut query: impl FnMut() -> QueryResult<T>) -> QueryResult<T> {
    const ATTEMPTS: usize = 10;
    let mut result = query();
    for _ in 1..ATTEMPTS {
        if result
            .as_ref()
            .is_err_and(|error| error.to_string().contains("prepared statement"))
        {
            result = query();
        }
    }
    result
}
