//! Importing rows of the older service that are no keys, and files that are no stores.

use serde_json::{Value, json};

use crate::import::{everything, import, lines, printed};
use crate::support::older_store::{OlderKey, OlderStore};
use crate::support::{ALICE, BOB, Place, Server, run};

/// Nothing is guessed. What cannot be a key is not imported; a label or a last use that cannot be kept is no reason to
/// reject a key.
#[test]
fn what_is_broken_is_listed() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    type Change = fn(&mut OlderKey);
    let broken: [(Change, &str); 21] = [
        (
            |key| key.expires_at = Some("tomorrow".into()),
            "expires_at: expected a time such as 2026-01-31T12:00:00Z, found \"tomorrow\"",
        ),
        (
            |key| key.expires_at = Some(String::new()),
            "expires_at: expected a time",
        ),
        (
            |key| key.expires_at = Some("2099-01-01".into()),
            "expires_at: expected a time",
        ),
        (
            |key| key.expires_at = Some("4070908800000".into()),
            "expires_at: expected a time",
        ),
        (
            |key| key.expires_at = Some("2099-01-01T00:00:00".into()),
            "expires_at: expected a time",
        ),
        (
            |key| key.expires_at = Some("9999-12-31T23:59:59-00:01".into()),
            "expires_at: expected a time",
        ),
        (
            |key| key.expires_at = Some("null".into()),
            "expires_at: expected a time",
        ),
        (
            |key| key.revoked_at = Some("yes".into()),
            "revoked_at: expected a time",
        ),
        (
            |key| key.created_at = None,
            "created_at: expected a time, found none",
        ),
        (
            |key| key.created_at = Some("2025-01-02 03:04:05".into()),
            "created_at: expected a time",
        ),
        (
            |key| key.hash = None,
            "hash: expected 64 hexadecimal digits, found another text of 0 bytes",
        ),
        (
            |key| key.hash = Some("ab".repeat(31)),
            "hash: expected 64 hexadecimal digits, found another text of 62 bytes",
        ),
        (
            |key| key.hash = Some("xy".repeat(32)),
            "hash: expected 64 hexadecimal digits",
        ),
        (
            |key| key.hash = Some(key.secret.clone()),
            "hash: expected 64 hexadecimal digits, found another text of 50 bytes",
        ),
        (
            |key| key.prefix = Some("cocore-short".into()),
            "prefix: expected cocore- and 8 characters",
        ),
        (
            |key| key.prefix = Some("sk-AAAAAAAAAAAA".into()),
            "prefix: expected cocore- and 8 characters",
        ),
        (
            |key| key.prefix = Some(key.secret.clone()),
            "prefix: expected cocore- and 8 characters of base64url, found another text of 50 bytes",
        ),
        (
            |key| key.did = Some("alice".into()),
            "did: expected a DID, found \"alice\"",
        ),
        (
            |key| key.did = Some("did:plc:short".into()),
            "did: expected a DID",
        ),
        (
            |key| key.did = Some("did:web:a\u{1b}[2J".into()),
            "did: expected a DID, found \"did:web:a\\u{1b}[2J\"",
        ),
        (|key| key.did = None, "did: expected a DID, found \"\""),
    ];
    let changed: [(Change, &str); 8] = [
        (
            |key| key.name = Some("n".repeat(130)),
            "name: expected 1 to 100 bytes of UTF-8, found 130: imported as \"nnn",
        ),
        (
            |key| key.name = Some("\u{e9}".repeat(51)),
            "name: expected 1 to 100 bytes of UTF-8, found 102: imported as ",
        ),
        (
            |key| key.name = Some("a\nb".into()),
            "name: expected a name without control characters: imported as \"a\u{fffd}b\"",
        ),
        (
            |key| key.name = None,
            "name: expected 1 to 100 bytes of UTF-8, found 0: imported as \"cocore-",
        ),
        (
            |key| key.last_used_at = Some("never".into()),
            "last_used_at: expected a time such as 2026-01-31T12:00:00Z, found \"never\": imported without it",
        ),
        (
            |key| key.last_used_at = Some("2999-01-01T00:00:00Z".into()),
            "last_used_at: it is in the future: imported without it",
        ),
        (
            |key| key.id = Some("KEY-1".into()),
            "id: expected a UUID in lower case with hyphens: imported as ",
        ),
        (
            |key| key.id = None,
            "id: expected a UUID in lower case with hyphens: imported as ",
        ),
    ];
    let rows = broken.iter().chain(&changed);
    let keys = (1..)
        .zip(rows)
        .map(|(number, (change, _))| OlderKey::new(number, ALICE).with(change));
    let mut keys: Vec<_> = keys.collect();
    let good = OlderKey::new(200, ALICE);
    // A digest that two rows have, also with other letters, and one of another account.
    let double = |did: &str, letters: fn(&str) -> String| {
        OlderKey::new(200, did).with(|key| {
            key.id = OlderKey::new(201, did).id;
            key.hash = key.hash.as_deref().map(letters);
        })
    };
    keys.extend([
        good.clone(),
        double(ALICE, str::to_uppercase),
        double(BOB, str::to_owned),
    ]);
    store.insert(&keys);

    let place = Place::new();
    let file = store.file();
    let dry = import(&place.url, &["--dry-run", "--json", "--from", &file]);
    let output = import(&place.url, &["--json", "--from", &file]);
    for output in [&dry, &output] {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let all = format!("{output:?}");
        assert!(!keys.iter().any(|key| all.contains(&key.secret)), "{all}");
    }
    let found = lines(&output);
    let (summary, found) = found.split_last().unwrap();
    let counts = json!({
        "file": file, "dryRun": false, "imported": 9, "changed": 8, "existed": 0, "revoked": 0, "removed": 0,
        "notImported": 23,
    });
    assert_eq!(summary, &counts, "{found:#?}");
    let expected = broken.iter().map(|(_, why)| ("notImported", *why));
    let expected = expected.chain(changed.iter().map(|(_, why)| ("imported", *why)));
    let expected = expected.chain([
        ("notImported", "hash: another row has the same one"),
        (
            "notImported",
            "hash: a key of another account has the same one",
        ),
    ]);
    let expected: Vec<_> = expected.collect();
    // What cannot be read is found before the database is asked.
    let mut sorted: Vec<_> = found.iter().collect();
    sorted.sort_by_key(|line| line["row"].as_u64());
    assert_eq!(sorted.len(), expected.len(), "{found:?}");
    for (line, (outcome, why)) in sorted.iter().zip(expected) {
        let note = line["notes"][0].as_str().unwrap();
        assert!(
            line["outcome"] == outcome && note.starts_with(why),
            "{why}: {line}"
        );
        assert_eq!(line["table"], "api_keys");
    }
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(
        stderr.ends_with("error: 23 rows were not imported: they are listed above\n"),
        "{stderr}"
    );
    // A dry run finds the same.
    let mut dry_lines = lines(&dry);
    let dry_summary = dry_lines.pop().unwrap();
    assert_eq!(dry_lines, found);
    assert_eq!(dry_summary["dryRun"], true);
    assert_eq!(dry_summary["imported"], 9);

    let server = Server::on(&place.url);
    for (number, key) in keys.iter().enumerate() {
        let is_imported = (21..30).contains(&number) || key.secret == good.secret;
        assert_eq!(server.accepts(&key.secret), is_imported, "{number}");
    }
    let (before, _) = everything(&place.url);
    let people = import(&place.url, &["--from", &file]);
    let people = printed(&people, 1);
    assert!(
        people.contains("not imported: ") && people.contains("row 1 of api_keys, id \"0000"),
        "{people}"
    );
    assert!(
        people.ends_with(": 0 imported, 9 existed, 23 not imported\n"),
        "{people}"
    );
    assert!(!people.contains('\u{1b}'), "{people}");
    let ids = |keys: &[Value]| -> Vec<_> { keys.iter().map(|key| key["id"].clone()).collect() };
    assert_eq!(ids(&everything(&place.url).0), ids(&before));
}

/// SQLite stores values of any type in any column.
#[test]
fn values_of_other_types_are_no_texts() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    let keys: Vec<_> = (1..=6).map(|number| OlderKey::new(number, ALICE)).collect();
    store.insert(&keys);
    for (name, change) in [
        ("key 1", "expires_at = 0"),
        ("key 2", "expires_at = x''"),
        ("key 3", "expires_at = x'ff'"),
        ("key 4", "revoked_at = 1.5"),
        ("key 5", "name = CAST(x'6eff' AS TEXT)"),
    ] {
        let statement = format!("UPDATE api_keys SET {change} WHERE name = '{name}';");
        store.sqlite.execute(&statement);
    }
    let place = Place::new();
    let output = import(&place.url, &["--from", &store.file()]);
    let printed = printed(&output, 1);
    let summary = ": 2 imported (1 with a change), 0 existed, 4 not imported\n";
    assert!(printed.ends_with(summary), "{printed}");
    let (listed, _) = everything(&place.url);
    let mut names: Vec<_> = listed
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["key 6", "n\u{fffd}"]);
}

#[test]
fn a_failed_import_is_one_line() {
    let place = Place::sqlite();
    assert!(
        run(&["migrate", "--database-url", &place.url], &[])
            .status
            .success()
    );
    let file = |name: &str, content: &str| {
        let path = place.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = file("text", &"Dear diary, ".repeat(100));
    let empty = file("empty", "");
    for (from, expected) in [
        ("/nowhere/older.db", "/nowhere/older.db: No such file"),
        (&text, "file is not a database"),
        (
            &empty,
            "no table has the columns id, did, name, prefix, hash, created_at",
        ),
        (
            place.file().unwrap(),
            "this is a database of this program: copy it with `cocore-server copy`",
        ),
    ] {
        let output = import(&place.url, &["--from", from]);
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(
            printed.starts_with("error: ") && printed.contains(expected),
            "{printed}"
        );
        assert_eq!(printed.lines().count(), 1, "{printed}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(import(&place.url, &[]).status.code(), Some(2));
}
