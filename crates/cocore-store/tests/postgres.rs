//! What the store promises of PostgreSQL alone.
#![allow(clippy::unwrap_used)]

mod common;

use chrono::DateTime;
use cocore_keys::KeyStore;
use cocore_store::Store;
use common::postgres::{Cluster, name};
use common::{ALICE, TestDatabase, create, key};

/// A PostgreSQL database with a key.
struct Database {
    cluster: &'static Cluster,
    url: String,
    store: Store,
}

impl Database {
    async fn new() -> Option<Self> {
        let place = TestDatabase::all().pop()?;
        let (url, store) = (place.url(), place.open());
        let cluster = Cluster::shared().ok()?;
        create(&store, key(ALICE, "a", 1)).await.unwrap();
        Some(Self {
            cluster,
            url,
            store,
        })
    }

    fn sql(&self, statement: &str) {
        assert!(self.cluster.sql(name(&self.url), statement), "{statement}");
    }
}

/// Epochs that every server has applied are removed, except the last ones, which spare a server that was
/// disconnected a full load.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_changes_stays_short() {
    let Some(database) = Database::new().await else {
        return;
    };
    database.sql(
        "INSERT INTO lease_changes (epoch, hashes) SELECT g, '{}' FROM generate_series(2, 30000) g",
    );
    database.sql("UPDATE lease_epoch SET value = 30000");
    let left = || {
        let query = "SELECT min(epoch), count(*) FROM lease_changes";
        database.cluster.query(name(&database.url), query)
    };
    let purge = async || {
        let long_ago = DateTime::UNIX_EPOCH;
        let purged = database.store.purge(long_ago, long_ago, long_ago).await;
        purged.unwrap();
    };
    // A server has applied only these.
    database.sql(
        "INSERT INTO lease_servers (id, heartbeat, acknowledged)
            VALUES ('00000000000000000000000000000001', 1, 15000)",
    );
    purge().await;
    assert_eq!(left(), "5001|25000");
    database.sql("DELETE FROM lease_servers");
    purge().await;
    assert_eq!(left(), "20001|10000");
}

/// A role that may not change the schema can use it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_right_to_create_is_enough() {
    let Some(database) = Database::new().await else {
        return;
    };
    database.sql("CREATE ROLE clerk LOGIN");
    database.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk");
    let clerk = common::open(&database.url.replace("cocore@", "clerk@"));
    create(&clerk, key(ALICE, "b", 2)).await.unwrap();
    assert_eq!(clerk.key_list(ALICE).await.unwrap().len(), 2);
}
