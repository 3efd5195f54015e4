//! Accounts with many keys in a database with many more. Row 37 of the list of attacks.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::skip::skip;
use crate::support::{ALICE, BOB, Place, Server, method};

const OF_ONE_ACCOUNT: usize = 100_000;

/// How many keys other accounts have: millions where all is to be shown.
fn others() -> usize {
    match std::env::var("COCORE_OTHER_KEYS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 100_000,
    }
}

/// Inserts keys, faster than by calls. Their digests belong to no secret.
fn insert(place: &Place, account: &str, kind: u8, count: usize) -> Option<()> {
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO keys (id, did, name, prefix, hash, created_at)
         SELECT printf('0{kind}900000-0000-7000-8000-%012x', i), {account}, 'key ' || i, 'cocore-AAAAAAAA',
             CAST(printf('{kind}%031d', i) AS BLOB), 1700000000000 + i FROM n"
    );
    let inserted = Command::new("sqlite3")
        .args([place.file().unwrap(), &statement])
        .output();
    let Ok(inserted) = inserted else {
        return skip("there is no sqlite3 here");
    };
    assert!(inserted.status.success(), "{inserted:?}");
    Some(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_of_100_000_keys_takes_bounded_memory_and_time() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    server.first_key(BOB);
    server.stop();
    let others = insert(&place, "printf('did:web:a%d.example', i / 10)", 1, others());
    if others.is_none() {
        return;
    }
    insert(&place, &format!("'{ALICE}'"), 2, OF_ONE_ACCOUNT);

    let server = Server::on_with(&place.url, &["--log", "error"]);
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let list = || {
        let begun = Instant::now();
        let call = || server.get(&method("listApiKeys")).key(&alice).send();
        let mut answer = call();
        // Other tests may slow a debug build down until the query takes too long.
        while answer.status == 503 && begun.elapsed() < Duration::from_secs(90) {
            answer = call();
        }
        let keys = answer.expect(200)["keys"].as_array().unwrap().len();
        assert_eq!(keys, OF_ONE_ACCOUNT + 1);
    };
    let before = server.memory("VmHWM");
    list();
    let first = server.memory("VmHWM") - before;
    // The answer alone has 20 MB.
    assert!(first < 128 * 1024, "{first} KiB for a list");
    list();
    list();
    let grown = server.memory("VmHWM") - before - first;
    assert!(grown < 64 * 1024, "{grown} KiB more for the lists after it");
    assert_eq!(server.list(&bob).len(), 2);
}
