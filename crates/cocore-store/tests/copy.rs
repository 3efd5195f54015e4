//! A database that is copied into one of the other kind.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use cocore_keys::{
    Access, Clock, Event, EventCredential, EventKind, Key, KeyNote, KeyStore, Lineage, Models,
    Origin, Scopes, StoredAnswer, SystemClock,
};
use cocore_store::{DatabaseUrl, Progress, ProxySession, Store};
use common::{ALICE, BOB, TestDatabase, event, id, key, time};

/// How many events there are beside those of the keys: more than are copied at a time.
const MORE: usize = 2500;

/// Fills a database with one row of each kind.
async fn fill(database: &TestDatabase) {
    let store = database.open();
    let mut full = key(ALICE, "full", 1);
    full.active.access = Access::new(
        Some(Scopes::parse("repo:com.example.note").unwrap()),
        Some(Models::parse(["a", "b"]).unwrap()),
    );
    full.note = KeyNote::parse("a note\nof two lines").unwrap();
    full.lineage = Lineage {
        parent: Some(id("parent")),
        inherited_parents: vec![id("inherited")],
        replaces: Some(id("replaced")),
    };
    let origin = Origin::new(Some("::1".to_owned()), Some("agent"), Some("r".to_owned()));
    let events = [
        Event {
            key_name: None,
            by_key: Some(id("parent")),
            credential: EventCredential::ApiKey,
            origin,
            ..event(ALICE, EventKind::Created, &id("full"), 1)
        },
        event(BOB, EventKind::Deleted, &id("other"), 2),
    ];
    let answer = StoredAnswer {
        request: [1; 32],
        body: [2; 32],
        sealed: vec![0, 1, 255],
        key_id: id("full"),
        expires_at: time(9),
    };
    let fill = store.key_change(move |transaction| {
        transaction.insert(&full)?;
        transaction.insert(&key(BOB, "plain", 2))?;
        events
            .iter()
            .try_for_each(|event| transaction.record(event))?;
        transaction.remember(&answer)
    });
    fill.await.unwrap();
    let put = store.proxy_session_put(
        ALICE,
        vec![0, 1, 255],
        "atproto repo:com.example.a",
        time(4),
    );
    put.await.unwrap();
    store.proxy_session_used(ALICE, time(6)).await.unwrap();
    // Numbers with gaps, and more rows of lineage of several accounts than are copied at a time.
    database.sql(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MORE})
        INSERT INTO key_events (at, kind, did, key_id, credential)
        SELECT i, 'updated', '{ALICE}', 'k', 'session' FROM n;
        DELETE FROM key_events WHERE number IN (1, 100);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MORE})
        INSERT INTO key_lineage (did, ancestor, descendant)
        SELECT 'did:web:' || (i / 1100), 'a' || (i / 3), 'd' || i FROM n;
        INSERT INTO call_limits (did, key_id, budget, tokens_per_day, requests_per_minute, models)
        VALUES ('{ALICE}', '', '{ALICE}', 1, 0, 'a b'), ('{ALICE}', 'k', 'k', NULL, 5, NULL);
        INSERT INTO call_budgets (budget, period, starts_at, taken, spent, reported_at)
        VALUES ('k', 'day', 1, 9, 4, 7), ('k', 'minute', 1, 9, 5, 8), ('k', 'minute', 2, 9, 6, 9);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MORE})
        INSERT INTO call_usage (did, key_id, hour, model, upstream, calls, errors, estimated, input, output, cached)
        SELECT 'did:web:' || (i / 1100), 'k' || (i / 300), i / 30, 'm' || (i / 3), 'u' || i, i, 1, 2, 3, 4, 5 FROM n"
    ));
    store.close().await;
}

/// What a database has, as its callers see it.
#[derive(Debug, PartialEq)]
struct Contents {
    keys: Vec<Key>,
    events: Vec<Event>,
    answer: Option<StoredAnswer>,
    lineage: String,
    calls: Vec<String>,
    proxy_session: Option<ProxySession>,
}

async fn read(database: &TestDatabase) -> Contents {
    let store = database.open();
    let mut events = Vec::new();
    for did in [ALICE, BOB] {
        let stored = store.key_events(did, None, None, u16::MAX).await.unwrap();
        events.extend(stored.into_iter().map(|stored| stored.event));
    }
    let keys = store.key_page("", 100).await.unwrap();
    let answer = store.key_change(|transaction| transaction.answer(&[1; 32], time(5)));
    let answer = answer.await.unwrap();
    let proxy_session = store.proxy_session(ALICE).await.unwrap();
    store.close().await;
    let rows = |table: &str, row: &str| {
        let list = match database {
            TestDatabase::Sqlite(_) => format!("group_concat({row}, ';' ORDER BY {row})"),
            TestDatabase::Postgres(_) => {
                format!("string_agg({row}, ';' ORDER BY ({row}) COLLATE \"C\")")
            }
        };
        database.text(&format!("SELECT {list} AS value FROM {table}"))
    };
    let calls = [
        (
            "call_limits",
            "did || key_id || budget || coalesce(tokens_per_day, -1) || requests_per_minute || coalesce(models, '')",
        ),
        (
            "call_budgets",
            "budget || period || starts_at || ' ' || taken || ' ' || spent || ' ' || reported_at",
        ),
        (
            "call_usage",
            "did || key_id || hour || model || upstream || calls || errors || estimated || input || output || cached",
        ),
    ];
    let calls = calls.map(|(table, row)| rows(table, row)).into();
    Contents {
        keys: keys.into_iter().map(|stored| stored.key).collect(),
        events,
        answer,
        lineage: rows("key_lineage", "did || ' ' || ancestor || ' ' || descendant"),
        calls,
        proxy_session,
    }
}

fn copy(from: &TestDatabase, to: &TestDatabase) -> Vec<Progress> {
    let url = |database: &TestDatabase| DatabaseUrl::parse(&database.url()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    cocore_store::copy(&url(from), &url(to), &clock, |_| {}).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_with_all_that_belongs_to_them_are_copied_there_and_back() {
    for (first, kind) in TestDatabase::all().into_iter().zip([1, 0]) {
        // Of the other kind, where there is one.
        let other = || {
            let mut databases = TestDatabase::all();
            databases.remove(kind.min(databases.len() - 1))
        };
        let second = other();
        fill(&first).await;
        let before = read(&first).await;
        assert_eq!((before.keys.len(), before.events.len()), (2, MORE));
        assert!(before.answer.is_some());
        let copied = tokio::task::block_in_place(|| copy(&first, &second));
        let rows = copied.iter().map(|table| (table.what, table.done));
        let rows: Vec<_> = rows.filter(|(_, done)| *done > 0).collect();
        let expected = [
            ("keys", 2),
            ("lineages", i64::try_from(MORE + 3).unwrap()),
            ("events", i64::try_from(MORE).unwrap()),
            ("answers", 1),
            ("proxy sessions", 1),
            ("limits", 2),
            ("budgets", 3),
            ("usage", i64::try_from(MORE).unwrap()),
        ];
        assert_eq!(rows, expected);
        assert_eq!(read(&second).await, before);
        // A new event comes after those that were copied.
        let store: Store = second.open();
        let last = event(ALICE, EventKind::Revoked, &id("full"), 3);
        let recorded = last.clone();
        let record = store.key_change(move |transaction| transaction.record(&recorded));
        record.await.unwrap();
        let newest = store.key_events(ALICE, None, None, 1).await.unwrap();
        assert_eq!(newest[0].event, last);
        store.close().await;
        let third = match &first {
            TestDatabase::Sqlite(_) => TestDatabase::all().remove(0),
            TestDatabase::Postgres(_) => TestDatabase::all().pop().unwrap(),
        };
        tokio::task::block_in_place(|| copy(&second, &third));
        let mut after = read(&third).await;
        assert_eq!(after.events.remove(0), last);
        assert_eq!(after, before);
    }
}
