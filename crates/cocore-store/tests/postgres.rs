//! What the store promises of PostgreSQL alone.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)]

mod common;

use chrono::DateTime;
use cocore_keys::KeyStore;
use common::postgres::{Cluster, name};
use common::{ALICE, Place, key};

/// What every server has is removed, but for the last ones, which spare one that was away a full reading.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_changes_stays_short() {
    for place in Place::all() {
        let (url, store) = (place.url(), place.open());
        store.key_create(key(ALICE, "a", 1)).await.unwrap();
        let Some(cluster) = Cluster::shared()
            .ok()
            .filter(|_| url.starts_with("postgres:"))
        else {
            continue;
        };
        let sql = |statement| assert!(cluster.sql(name(&url), statement));
        sql(
            "INSERT INTO key_changes (epoch, hashes) SELECT g, '{}' FROM generate_series(2, 30000) g",
        );
        sql("UPDATE key_epoch SET value = 30000");
        let left = || cluster.query(name(&url), "SELECT min(epoch), count(*) FROM key_changes");
        let purge = async || {
            let long_ago = DateTime::UNIX_EPOCH;
            store.purge(long_ago, long_ago, long_ago).await.unwrap();
        };
        // Somebody has only these.
        sql(
            "INSERT INTO key_servers (id, stamp, acknowledged) VALUES ('00000000000000000000000000000001', 1, 15000)",
        );
        purge().await;
        assert_eq!(left(), "5001|25000");
        sql("DELETE FROM key_servers");
        purge().await;
        assert_eq!(left(), "20001|10000");
    }
}

/// Whoever may not change the schema can use it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_right_to_create_is_enough() {
    for place in Place::all() {
        let (url, store) = (place.url(), place.open());
        store.key_create(key(ALICE, "a", 1)).await.unwrap();
        let Some(cluster) = Cluster::shared()
            .ok()
            .filter(|_| url.starts_with("postgres:"))
        else {
            continue;
        };
        let sql = |statement: &str| assert!(cluster.sql(name(&url), statement), "{statement}");
        sql("CREATE ROLE clerk LOGIN");
        sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk");
        let clerk = common::open(&url.replace("cocore@", "clerk@"));
        clerk.key_create(key(ALICE, "b", 2)).await.unwrap();
        assert_eq!(clerk.key_list(ALICE).await.unwrap().len(), 2);
    }
}
