//! Finding, counting, inserting, updating and removing keys.

use cocore_keys::{
    Access, Key, KeyCounts, KeyNote, KeyStore, Lineage, Models, NewKey, RevokedKey, Scopes,
    StoredKey,
};
use cocore_store::Store;

use crate::common::{
    ALICE, BOB, TestDatabase, create, delete, id, key, listed, migrate, revoke, time,
};

const SCOPES: &str = "repo:com.example.note";
const NARROWER: &str = "repo:com.example.note?action=create";

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

/// A key with everything that a key may have.
fn full(name: &str) -> NewKey {
    let mut new = key(ALICE, name, 1);
    let models = Models::parse(["a/b", "c"]).unwrap();
    new.active.access = Access::new(Some(scopes(SCOPES)), Some(models));
    new.note = KeyNote::parse("line\nand another \u{1f511}").unwrap();
    new.lineage.parent = Some(id("parent"));
    new
}

async fn find(store: &Store, did: &'static str, id: &str) -> Option<StoredKey> {
    let text = id.to_owned();
    let inside = store.key_change(move |transaction| transaction.find(did, &text));
    let inside = inside.await.unwrap();
    assert_eq!(store.key_find(did, id).await.unwrap(), inside);
    inside
}

async fn update(store: &Store, key: Key) {
    let digest = crate::common::secret("x").digest();
    let stored = StoredKey { key, digest };
    let updated = store.key_change(move |transaction| transaction.update(&stored));
    updated.await.unwrap();
}

async fn counts(store: &Store, at: i64) -> (u32, u32, u32) {
    let counted = store.key_change(move |transaction| transaction.count(ALICE, time(at)));
    let KeyCounts {
        active,
        replaced,
        all,
    } = counted.await.unwrap();
    (active, replaced, all)
}

#[tokio::test]
async fn an_inserted_key_is_found_by_its_account_alone() {
    for database in TestDatabase::all() {
        let store = database.open();
        let by_creation = full("one");
        assert!(create(&store, by_creation.clone()).await.unwrap());
        let mut inserted = full("two");
        inserted.lineage = Lineage {
            parent: Some(id("parent")),
            inherited_parents: vec![id("inherited")],
            replaces: Some(id("replaced")),
        };
        let same = inserted.clone();
        let insert = store.key_change(move |transaction| transaction.insert(&same));
        insert.await.unwrap();
        for new in [by_creation, inserted] {
            let found = find(&store, ALICE, &new.active.id.to_string()).await;
            let found = found.unwrap();
            assert_eq!(found.digest, new.active.digest);
            assert_eq!(found.key, Key::from(new.clone()));
            let active = store.key_by_digest(new.active.digest).await.unwrap();
            assert_eq!(active, Some(new.active));
        }
        for unknown in ["three", "", "'; --"] {
            assert_eq!(find(&store, ALICE, unknown).await, None);
        }
        assert_eq!(find(&store, BOB, &id("one")).await, None);
        store.close().await;
    }
}

/// No list of scopes, and one that cannot be read, are different: the first grants everything, the second nothing.
#[tokio::test]
async fn what_a_stored_list_cannot_say_is_not_granted() {
    for database in TestDatabase::all() {
        let store = database.open();
        migrate(&store).unwrap();
        for (stored, expected) in [
            ("NULL", Some(None)),
            ("''", None),
            ("'repo:com.example.note'", Some(Some(SCOPES))),
            ("'repo:com.example.note '", None),
            ("'repo:com.example.note transition:generic'", None),
            ("'include:com.example.set'", None),
            ("'\u{1f511}'", None),
        ] {
            for column in ["scopes", "models"] {
                let name = format!("{column}{}", database.rows("keys"));
                create(&store, full(&name)).await.unwrap();
                let row = format!("UPDATE keys SET {column} = {stored} WHERE id = ");
                database.sql(&format!("{row}'{}'", id(&name)));
                let found = find(&store, ALICE, &id(&name)).await.unwrap();
                let active = store.key_by_digest(found.digest).await.unwrap().unwrap();
                assert_eq!(active.access, found.key.access, "{stored}");
                let access = active.access;
                if column == "models" {
                    let grants = access.models().is_none_or(|models| models.includes("c"));
                    assert_eq!(grants, stored == "NULL", "{stored}");
                    continue;
                }
                let text = access.scopes().map(Scopes::as_str);
                assert_eq!(text, expected.unwrap_or(Some("")), "{stored}");
                let call = access.allows_method("com.example.read", "did:web:a#b");
                assert_eq!(call, stored == "NULL", "{stored}");
            }
        }
        store.close().await;
    }
}

#[tokio::test]
async fn an_update_writes_what_may_change_of_one_key() {
    for database in TestDatabase::all() {
        let store = database.open();
        let before = Key::from(full("a"));
        for name in ["a", "b"] {
            create(&store, full(name)).await.unwrap();
        }
        let other = find(&store, ALICE, &id("b")).await;
        let stored = find(&store, ALICE, &id("a")).await.unwrap().key;
        for changed in [
            Key {
                name: "another".to_owned(),
                ..stored.clone()
            },
            Key {
                note: None,
                expires_at: None,
                ..stored.clone()
            },
            Key {
                access: before.access.with_scopes(scopes(NARROWER)),
                replaced_by: Some(id("b")),
                ..stored.clone()
            },
            Key {
                access: Access::EVERYTHING,
                ..stored.clone()
            },
            Key {
                access: Access::from_stored(Some(""), None),
                ..stored.clone()
            },
        ] {
            update(&store, changed.clone()).await;
            let found = find(&store, ALICE, &id("a")).await.unwrap().key;
            // The models never change.
            let text = |key: &Key| key.access.scopes().map(ToString::to_string);
            assert_eq!(text(&found), text(&changed));
            assert_eq!(found.access.models(), before.access.models());
            let access = found.access.clone();
            assert_eq!(found, Key { access, ..changed });
        }
        assert_eq!(find(&store, ALICE, &id("b")).await, other);
        // Another account's row is not written, nor is one that does not exist.
        for (did, name) in [(BOB, "a"), (ALICE, "c")] {
            let foreign = Key {
                did: did.to_owned(),
                id: id(name),
                name: "foreign".to_owned(),
                ..stored.clone()
            };
            update(&store, foreign).await;
        }
        let names = listed(&store, ALICE).await.into_iter().map(|key| key.name);
        assert!(names.into_iter().all(|name| name != "foreign"));
        store.close().await;
    }
}

#[tokio::test]
async fn keys_are_counted_by_what_they_are_at_a_time() {
    for database in TestDatabase::all() {
        let store = database.open();
        assert_eq!(counts(&store, 0).await, (0, 0, 0));
        for (name, expires_at) in [("a", None), ("b", Some(10)), ("c", Some(20)), ("d", None)] {
            let mut new = key(ALICE, name, 1);
            new.active.expires_at = expires_at.map(time);
            create(&store, new).await.unwrap();
        }
        create(&store, key(BOB, "e", 1)).await.unwrap();
        assert_eq!(counts(&store, 9).await, (4, 0, 4));
        // It expires at its expiry, not after it.
        assert_eq!(counts(&store, 10).await, (3, 0, 4));
        revoke(&store, ALICE, &id("d"), 5).await;
        assert_eq!(counts(&store, 9).await, (3, 0, 4));
        let mut replaced = find(&store, ALICE, &id("c")).await.unwrap().key;
        replaced.replaced_by = Some(id("f"));
        update(&store, replaced).await;
        assert_eq!(counts(&store, 9).await, (2, 1, 4));
        assert_eq!(counts(&store, 20).await, (1, 0, 4));
        delete(&store, ALICE, &id("a")).await;
        assert_eq!(counts(&store, 20).await, (0, 0, 3));
        store.close().await;
    }
}

#[tokio::test]
async fn the_oldest_key_that_has_ended_is_removed_first() {
    for database in TestDatabase::all() {
        let store = database.open();
        for (name, created_at, expires_at) in [
            ("active", 1, None),
            ("late", 4, Some(9)),
            ("early", 3, Some(10)),
            ("revoked", 2, None),
            ("ahead", 1, Some(100)),
        ] {
            let mut new = key(ALICE, name, created_at);
            new.active.expires_at = expires_at.map(time);
            create(&store, new).await.unwrap();
        }
        let mut foreign = key(BOB, "of another", 0);
        foreign.active.expires_at = Some(time(1));
        create(&store, foreign).await.unwrap();
        assert!(revoke(&store, ALICE, &id("revoked"), 5).await);
        for (removed, left) in [
            (true, vec!["late", "early", "ahead", "active"]),
            (true, vec!["late", "ahead", "active"]),
            (true, vec!["ahead", "active"]),
            (false, vec!["ahead", "active"]),
        ] {
            let remove = store
                .key_change(|transaction| transaction.remove_oldest_ended(ALICE, time(10)))
                .await;
            assert_eq!(remove.unwrap(), removed);
            let ids: Vec<_> = listed(&store, ALICE)
                .await
                .into_iter()
                .map(|key| key.id)
                .collect();
            let left: Vec<_> = left.into_iter().map(id).collect();
            assert_eq!(ids, left);
        }
        // What was recorded of them stays.
        assert_eq!(database.rows("key_events"), 6);
        assert_eq!(listed(&store, BOB).await.len(), 1);
        store.close().await;
    }
}

/// Of a transaction that fails, nothing is stored, and the error is the database's.
#[tokio::test]
async fn a_transaction_that_fails_leaves_nothing() {
    for database in TestDatabase::all() {
        let store = database.open();
        create(&store, key(ALICE, "a", 1)).await.unwrap();
        let failed = store
            .key_change(|transaction| {
                transaction.insert(&key(ALICE, "b", 2))?;
                transaction.revoke(ALICE, &id("a"), true, time(3))?;
                let again = transaction.insert(&key(ALICE, "b", 2));
                assert!(again.is_err());
                // A caller that goes on in spite of the error does not commit.
                Ok(())
            })
            .await;
        assert!(failed.is_err());
        let keys = listed(&store, ALICE).await;
        let ids: Vec<_> = keys.iter().map(|key| &key.id[..]).collect();
        assert_eq!(ids, [id("a")]);
        assert_eq!(keys[0].revoked_at, None);
        let revoked = store
            .key_change(|transaction| transaction.revoke(ALICE, &id("a"), false, time(3)))
            .await;
        let expected = RevokedKey {
            id: id("a"),
            name: keys[0].name.clone(),
        };
        assert_eq!(revoked.unwrap(), [expected]);
        store.close().await;
    }
}
