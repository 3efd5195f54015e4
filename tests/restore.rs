//! The restoration of backups.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::backup::{backup, error, files, id, ids, printed, restore};
use crate::support::sqlite::Sqlite;
use crate::support::{ALICE, BOB, Place, Server, method};

/// Keys that were revoked since are active again, unless the operator keeps the revocations.
#[test]
fn a_restoration_reports_what_was_changed_since() {
    for keeps in [false, true] {
        let place = Place::sqlite();
        let server = Server::on(&place.url);
        let key = server.first_key(ALICE);
        let create = |name: &str| server.create_key(&key, &json!({ "name": name }));
        let secret = |key: &Value| key["secret"].as_str().unwrap().to_owned();
        let early = create("revoked before");
        server.end("revokeApiKey", &key, id(&early)).expect(200);
        let (revoked, deleted) = (create("revoked"), create("deleted"));
        let link = server.command(&["link", "--did", ALICE]);
        let link = printed(&link);
        let link = link
            .trim()
            .rsplit_once(&server.address)
            .unwrap()
            .1
            .to_owned();
        let signed_in = server.get(&link).send();
        let cookie = signed_in.header("set-cookie").unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let link = printed(&server.command(&["link", "--did", ALICE]));
        let link = link
            .trim()
            .rsplit_once(&server.address)
            .unwrap()
            .1
            .to_owned();
        let file = place.dir.path().join("backup");
        printed(&backup(&place.url, &file, &[]));
        server.end("revokeApiKey", &key, id(&revoked)).expect(200);
        server.end("deleteApiKey", &key, id(&deleted)).expect(200);
        let created = create("created");
        let running = error(&restore(&place.url, &file, &[]));
        assert!(running.contains("stop it first"), "{running}");
        server.stop();

        let more: &[&str] = if keeps { &["--keep-revocations"] } else { &[] };
        let restored = restore(&place.url, &file, more);
        let summary = printed(&restored);
        let (again, gone) = if keeps {
            ("revoked again", "revoked, deleted after")
        } else {
            ("active again", "active again, deleted after")
        };
        for (what, key) in [
            (format!("{again}, revoked after"), &revoked),
            (gone.to_owned(), &deleted),
            ("lost, created after".to_owned(), &created),
        ] {
            let expected = format!("{what} the backup was made: 1\n  {ALICE}  {}\n", id(key));
            assert!(summary.contains(&expected), "{expected}\n{summary}");
        }
        let notes = String::from_utf8(restored.stderr).unwrap();
        assert_eq!(notes.contains("key revoke"), !keeps, "{notes}");
        // The replaced database is complete.
        let replaced = summary.lines().next().unwrap();
        let replaced = replaced.strip_prefix("replaced database: ").unwrap();
        assert_eq!(ids(&format!("sqlite:{replaced}")).len(), 4);

        let server = Server::on(&place.url);
        for (key, expected) in [
            (key.clone(), true),
            (secret(&early), false),
            (secret(&revoked), !keeps),
            (secret(&deleted), !keeps),
            (secret(&created), false),
        ] {
            assert_eq!(server.accepts(&key), expected, "{summary}");
        }
        // What the backup has of sign-ins is not active again.
        assert_eq!(server.get(&link).send().status, 403);
        let list = server.get(&method("listApiKeys")).header("cookie", &cookie);
        assert_eq!(list.send().status, 401);
    }
}

#[test]
fn a_failed_restoration_is_one_line_and_changes_nothing() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let dir = Place::sqlite();
    let at = |name: &str| dir.dir.path().join(name);
    let good = at("good");
    printed(&backup(&place.url, &good, &[]));
    let edit = |name: &str, statements: &str| {
        fs::copy(&good, at(name)).unwrap();
        let edited = Sqlite::open(at(name).to_str().unwrap());
        edited.map(|mut edited| edited.execute(statements))
    };
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000');";
    if edit("newer", newer).is_none() {
        return;
    }
    edit("other", "DROP TABLE keys;");
    edit(
        "columns",
        "ALTER TABLE keys RENAME COLUMN revoked_at TO gone;",
    );
    edit(
        "index",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'keys_by_account';",
    );
    let bytes = fs::read(&good).unwrap();
    fs::write(at("half"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(at("text"), "a text of some length. ".repeat(400)).unwrap();
    fs::write(at("empty"), "").unwrap();
    let mut damaged = bytes.clone();
    let middle = damaged.len() / 2;
    damaged[middle..].fill(0x5a);
    fs::write(at("damaged"), damaged).unwrap();
    // A server was killed: a part of its database is in the log.
    fs::copy(&good, at("killed")).unwrap();
    fs::write(at("killed-wal"), "log").unwrap();
    fs::set_permissions(&good, Permissions::from_mode(0o600)).unwrap();
    let running = Place::sqlite();
    let other_server = Server::on(&running.url);
    fs::remove_file(format!("{}-wal", running.file().unwrap())).unwrap();
    let running_file = PathBuf::from(running.file().unwrap());
    server.stop();
    let before = (ids(&place.url), files(place.dir.path()));
    for (file, more, expected) in [
        (at("missing"), &[][..], "there is no such file"),
        (
            at("newer"),
            &[],
            "newer version of this program (99990101000000)",
        ),
        (at("other"), &[], "is no database of this program"),
        (at("columns"), &[], "is no database of this program"),
        (at("index"), &[], "is damaged"),
        (at("half"), &[], "is damaged"),
        (at("damaged"), &[], "is damaged"),
        (at("text"), &[], "is no database of this program"),
        (at("empty"), &[], "is no database of this program"),
        (at("killed"), &[], "has a log beside it"),
        (dir.dir.path().to_owned(), &[], "is not a regular file"),
        (
            PathBuf::from(place.file().unwrap()),
            &[],
            "the database itself",
        ),
        (running_file, &[], "stop it first"),
    ] {
        let failed = error(&restore(&place.url, &file, more));
        assert!(failed.contains(expected), "{expected}: {failed}");
        assert!(!failed.contains(".partial"), "{failed}");
        assert_eq!((ids(&place.url), files(place.dir.path())), before);
    }
    let refused = error(&restore("postgres://host/db", &good, &[]));
    assert!(refused.contains("pg_restore"), "{refused}");
    // In a database of another origin, all keys are missing: that is no reason to revoke them.
    let other = Place::sqlite();
    Server::on(&other.url).first_key(BOB);
    let refused = error(&restore(&other.url, &good, &["--keep-revocations"]));
    assert!(refused.contains("none of the backup's keys"), "{refused}");
    drop(other_server);
    assert!(Server::on(&place.url).accepts(&key));
}

/// Whatever is in the old database's file, it is kept, and its log does not get into the new one.
#[test]
fn a_damaged_database_is_replaced_and_kept_with_its_log() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let file = place.dir.path().join("backup");
    printed(&backup(&place.url, &file, &[]));
    server.stop();
    let server = Server::on(&place.url);
    let late = server.create_key(&key, &json!({ "name": "late" }));
    assert!(server.signal("KILL"));
    drop(server);
    let database = PathBuf::from(place.file().unwrap());
    let (log, damaged) = (format!("{}-wal", database.display()), vec![0x5a; 8192]);
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::write(&database, &damaged).unwrap();
    let restored = restore(&place.url, &file, &[]);
    let notes = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(notes.contains("cannot be compared"), "{notes}");
    let summary = printed(&restored);
    let replaced = summary.lines().next().unwrap();
    let replaced = replaced.strip_prefix("replaced database: ").unwrap();
    assert!(fs::read(replaced).unwrap() == damaged);
    assert!(fs::metadata(format!("{replaced}-wal")).unwrap().len() > 0);
    let server = Server::on(&place.url);
    assert!(server.accepts(&key));
    assert!(!server.accepts(late["secret"].as_str().unwrap()));
}
