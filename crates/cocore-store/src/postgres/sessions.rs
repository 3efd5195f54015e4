//! Recognizes a connection pooler that assigns another session of PostgreSQL to each transaction. Notifications do
//! not pass it, and settings of one connection take effect on others: a commit may then not be synced.

use cocore_keys::StoreError;
use diesel::connection::SimpleConnection;

use super::connect::connect;
use super::connection::PgConnection;
use super::servers::new_id;
use super::url::PostgresUrl;
use crate::error::{Cause, unavailable};

/// The begin of the message with which PostgreSQL reports that the setting is another connection's.
const FOREIGN: &str = "cocore: another session";

/// Checks that a connection keeps its session while another connection is used.
///
/// # Errors
/// It does not, or the database is unavailable.
pub(crate) fn check_session(first: &mut PgConnection, url: &PostgresUrl) -> Result<(), StoreError> {
    let mut second = connect(url)?;
    let (first_id, second_id) = (new_id(), new_id());
    set(first, first_id).map_err(unavailable)?;
    set(&mut second, second_id).map_err(unavailable)?;
    // A pooler may hand out the session that was released last, or the one that was released first: either way one
    // of the two gets the other's.
    for (connection, id) in [(&mut second, second_id), (first, first_id)] {
        if let Err(error) = check(connection, id) {
            let is_foreign = error.to_string().starts_with(FOREIGN);
            return Err(if is_foreign {
                Cause::SharedSessions.into()
            } else {
                unavailable(error)
            });
        }
    }
    Ok(())
}

fn set(connection: &mut PgConnection, id: u128) -> diesel::QueryResult<()> {
    connection.batch_execute(&format!("SET cocore.session = '{id:032x}'"))
}

fn check(connection: &mut PgConnection, id: u128) -> diesel::QueryResult<()> {
    connection.batch_execute(&format!(
        "DO $$ BEGIN
            IF current_setting('cocore.session', true) IS DISTINCT FROM '{id:032x}' THEN
                RAISE EXCEPTION '{FOREIGN}';
            END IF;
        END $$"
    ))
}
