//! `install`: every pinned lexicon has its CID; the network is used only for those that are missing.

use std::fs;

use serde_json::json;

use super::folder::{Folder, cid, file, lexicon, referring};
use super::world::World;

const A: &str = "com.example.notes.a";
const B: &str = "com.example.notes.b";

/// A folder with two pinned lexicons, of which A refers to B.
fn pinned(world: &World) -> Folder {
    world.publish(&[referring(A, &[B]), lexicon(B, 5)], &[]);
    let folder = world.folder();
    folder.run(&["add", A]).expect(0, &[]);
    folder
}

/// Lets every server be one that nobody can reach.
fn cut_off(folder: &mut Folder) {
    for name in ["LEXICON_PLC_URL", "LEXICON_HANDLE_RESOLVER"] {
        folder.set(name, "http://127.0.0.1:1");
    }
    folder.set("LEXICON_DNS", "127.0.0.1:1");
}

#[test]
fn nothing_is_asked_if_nothing_is_missing() {
    let world = World::new();
    let mut folder = pinned(&world);
    let asked = world.questions();
    for arguments in [&["install", "--locked"][..], &["install"]] {
        folder.run(arguments).expect(0, &["2 lexicons checked"]);
    }
    assert_eq!(world.questions(), asked);
    cut_off(&mut folder);
    let unchanged = json!({ "a": "unchanged", "b": "unchanged" });
    assert_eq!(
        folder.results(&["install", "--locked"], "result"),
        (0, unchanged)
    );
}

/// A process without a network, where the system can make one.
#[test]
#[cfg(target_os = "linux")]
fn it_works_without_a_network() {
    let world = World::new();
    let folder = pinned(&world);
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--map-root-user", "--net"]);
    let works = unshare.arg("true").output();
    if !works.is_ok_and(|output| output.status.success()) {
        super::skip::skip::<()>("this system makes no network namespaces");
        return;
    }
    let mut unshare = std::process::Command::new("unshare");
    let output = unshare
        .args(["--map-root-user", "--net", env!("CARGO_BIN_EXE_lexicon")])
        .args(["install", "--locked"])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    folder.remove(&file(B));
    let output = unshare.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let world = World::new();
    let good = lexicon(B, 5);
    // White space, the order of members and `$type` are no change.
    let mut typed = good.clone();
    typed["$type"] = json!("com.atproto.lexicon.schema");
    for same in [good.to_string(), typed.to_string()] {
        let mut folder = pinned(&world);
        cut_off(&mut folder);
        folder.write(&file(B), &same);
        folder.run(&["install", "--locked"]).expect(0, &[]);
    }
    let mut described = good.clone();
    described["description"] = json!("x");
    let mut renamed = good.clone();
    renamed["id"] = json!("com.example.notes.other");
    let mut unknown = good.clone();
    unknown["defs"]["main"]["type"] = json!("from-the-future");
    for changed in [
        lexicon(B, 6).to_string(),
        described.to_string(),
        renamed.to_string(),
        unknown.to_string(),
        "{}".to_owned(),
        "[]".to_owned(),
        String::new(),
        "{\"lexicon\":1,".to_owned(),
        good.to_string()
            .replace("\"lexicon\"", "\"lexicon\":1,\"lexicon\""),
        good.to_string().replace("5", "5.5"),
    ] {
        let mut folder = pinned(&world);
        cut_off(&mut folder);
        folder.write(&file(B), &changed);
        let lock = folder.read("lexicon.lock");
        for arguments in [&["install", "--locked"][..], &["install"]] {
            let ran = folder.run(arguments);
            ran.expect(
                1,
                &[
                    "refused com.example.notes.b",
                    &format!("expected {}", cid(&good)),
                    "found",
                ],
            );
        }
        let (code, results) = folder.results(&["install", "--locked"], "result");
        assert_eq!(
            (code, results),
            (1, json!({ "a": "unchanged", "b": "refused" }))
        );
        assert_eq!(folder.read(&file(B)), changed);
        assert_eq!(folder.read("lexicon.lock"), lock);
    }
    let folder = pinned(&world);
    folder.put(&lexicon(B, 6));
    let (_, found) = folder.results(&["install", "--locked"], "found");
    assert_eq!(found["b"], cid(&lexicon(B, 6)));
    let (_, expected) = folder.results(&["install", "--locked"], "expected");
    assert_eq!(expected["b"], cid(&good));
}

#[test]
fn a_file_that_is_missing_is_fetched_if_it_has_the_pinned_cid() {
    let world = World::new();
    let folder = pinned(&world);
    let lock = folder.read("lexicon.lock");
    fs::remove_dir_all(folder.path("lexicons")).unwrap();
    let fetched = json!({ "a": "fetched", "b": "fetched" });
    assert_eq!(
        folder.results(&["install", "--locked"], "result"),
        (0, fetched)
    );
    world.publish(&[referring(A, &[B]), lexicon(B, 6)], &[]);
    folder.remove(&file(B));
    for arguments in [&["install", "--locked"][..], &["install"]] {
        folder.run(arguments).expect(
            1,
            &["is published now", "lexicon update com.example.notes.b"],
        );
        assert!(!folder.path(&file(B)).exists());
        assert_eq!(folder.read("lexicon.lock"), lock);
    }
    world.publish(&[referring(A, &[B])], &[B]);
    folder
        .run(&["install", "--locked"])
        .expect(1, &["there is no record"]);
}

#[test]
fn references_are_added_unless_the_lock_has_to_stay() {
    let world = World::new();
    world.publish(&[referring(A, &[B]), lexicon(B, 5)], &[]);
    let folder = world.folder();
    folder.run(&["add", A, "--no-references"]).expect(0, &[]);
    folder
        .run(&["install", "--locked"])
        .expect(0, &["1 lexicon checked"]);
    let added = json!({ "a": "unchanged", "b": "added" });
    assert_eq!(folder.results(&["install"], "result"), (0, added));
    let unchanged = json!({ "a": "unchanged", "b": "unchanged" });
    assert_eq!(
        folder.results(&["install", "--locked"], "result"),
        (0, unchanged)
    );
}

#[test]
fn locks_that_cannot_be_used() {
    let world = World::new();
    let folder = world.folder();
    folder
        .run(&["install", "--locked"])
        .expect(2, &["there is no lexicon.lock", "lexicon add"]);
    let folder = pinned(&world);
    let lock = folder.read("lexicon.lock");
    for (changed, expected) in [
        (
            lock.replace("version = 1", "version = 2"),
            "expected version 1",
        ),
        (lock.replace("bafy", "b@fy"), "expected a CID"),
        (
            lock.replace("\"com.example.notes.b\"", "\"../../b\""),
            "expected an NSID",
        ),
        ("<<<<<<<".to_owned(), "lexicon.lock: "),
    ] {
        folder.write("lexicon.lock", &changed);
        folder.run(&["install", "--locked"]).expect(2, &[expected]);
    }
    // It stands beside lexicon.toml, wherever the command runs.
    folder.write("lexicon.lock", &lock);
    folder.write("lexicon.toml", "[codegen]\nlexicons = \"lexicons\"\n");
    fs::create_dir(folder.path("src")).unwrap();
    folder
        .run(&["install", "--locked", "--lexicons", "lexicons"])
        .expect(0, &["2 lexicons"]);
}
