//! `add`, `update`, `status` and `diff`.

use serde_json::{Value, json};

use super::folder::{cid, file, lexicon, referring};
use super::server::Server;
use super::world::{ALICE, World};

const A: &str = "com.example.notes.a";
const B: &str = "com.example.notes.b";
const C: &str = "com.example.notes.c";

/// A refers to B, B to C, and C to A.
fn ring() -> Vec<Value> {
    vec![
        referring(A, &[B]),
        referring(B, &[&format!("{C}#main")]),
        referring(C, &[A]),
    ]
}

#[test]
fn references_are_followed() {
    let world = World::new();
    world.publish(&ring(), &[]);
    let folder = world.folder();
    let ran = folder.run(&["add", A]);
    let told = format!("to which {A} refers");
    ran.expect(
        0,
        &[
            &format!("added {A}"),
            &told,
            "resolving com.example.notes.c",
        ],
    );
    for lexicon in ring() {
        let nsid = lexicon["id"].as_str().unwrap();
        let text = folder.read(&file(nsid));
        assert!(
            text.starts_with("{\n  \"lexicon\": 1,\n  \"id\": "),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), lexicon);
        let lock = folder.read("lexicon.lock");
        let uri = format!("at://{ALICE}/com.atproto.lexicon.schema/{nsid}");
        for text in [nsid, &cid(&lexicon), &uri, "resolved-by = \"proof\""] {
            assert!(lock.contains(text), "{text}: {lock}");
        }
    }
    // The directory is one of lexicons: every other command works on it.
    folder
        .run(&["codegen", "--out", "generated"])
        .expect(0, &["3 documents"]);
    let again = folder.results(&["add", A, A], "result");
    assert_eq!(again, (0, json!({ "a": "unchanged" })));

    let folder = world.folder();
    let alone = folder.results(&["add", A, "--no-references"], "result");
    assert_eq!(alone, (0, json!({ "a": "added" })));
    assert!(!folder.path(&file(B)).exists());
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let world = World::new();
    world.publish(&[referring(A, &[B, "org.example.x"]), lexicon(B, 5)], &[C]);
    let folder = world.folder();
    let (code, results) = folder.results(&["add", A, C], "result");
    let expected = json!({ "a": "added", "b": "added", "c": "failed", "x": "failed" });
    assert_eq!((code, results), (1, expected));
    let (_, errors) = folder.results(&["add", A, C], "error");
    let text = errors["c"].as_str().unwrap();
    assert!(text.contains("there is no record at://"), "{text}");
    folder
        .run(&["install", "--locked"])
        .expect(0, &["2 lexicons checked"]);
    folder.run(&["add", "no nsid"]).expect(2, &["no nsid"]);
    folder
        .run(&["add", B, "--lexicons", "new/lexicons"])
        .expect(0, &["new/lexicons/com/example/notes/b.json"]);
}

/// References of others could lead on without an end.
#[test]
fn the_number_of_lexicons_is_bounded() {
    let world = World::new();
    let many: Vec<_> = (0..1_001)
        .map(|number| format!("com.example.notes.x{number}"))
        .collect();
    let many: Vec<_> = many.iter().map(|nsid| &nsid[..]).collect();
    world.publish(&[referring(A, &[B]), referring(B, &many)], &[]);
    let folder = world.folder();
    let ran = folder.run(&["add", A]);
    ran.expect(
        1,
        &[
            "added com.example.notes.b",
            "failed com.example.notes.b",
            "more than 1000 lexicons",
        ],
    );
    assert!(
        !ran.notes.contains("resolving com.example.notes.x"),
        "{}",
        ran.notes
    );
    folder
        .run(&["install", "--locked"])
        .expect(0, &["2 lexicons checked"]);
}

#[test]
fn files_of_ones_own_are_not_replaced() {
    let world = World::new();
    world.publish(&[lexicon(A, 5), lexicon(B, 5)], &[]);
    let folder = world.folder();
    folder.put(&lexicon(A, 6));
    folder.put(&lexicon(B, 5));
    let (code, results) = folder.results(&["add", A, B], "result");
    assert_eq!(
        (code, results),
        (1, json!({ "a": "refused", "b": "added" }))
    );
    let ran = folder.run(&["add", A]);
    ran.expect(
        1,
        &[
            "expected bafy",
            "--force",
            &cid(&lexicon(A, 5)),
            &cid(&lexicon(A, 6)),
        ],
    );
    assert!(folder.read(&file(A)).contains('6'));
    folder.run(&["add", A, "--force"]).expect(0, &["added"]);
    assert!(!folder.read(&file(A)).contains('6'));
    // A file in another place stays there, and one that is no JSON is not replaced either.
    let folder = world.folder();
    folder.write("lexicons/flat.json", &lexicon(A, 5).to_string());
    folder.write(&file(B), "no JSON");
    let (code, results) = folder.results(&["add", A, B], "result");
    assert_eq!(
        (code, results),
        (1, json!({ "a": "added", "b": "refused" }))
    );
    assert!(!folder.path(&file(A)).exists());
}

#[test]
fn a_lexicon_is_updated_as_it_was_resolved() {
    let world = World::new();
    world.publish(&ring(), &[]);
    let folder = world.folder();
    folder
        .run(&["update"])
        .expect(2, &["there is no lexicon.lock"]);
    folder.run(&["add", A]).expect(0, &[]);
    let unchanged = json!({ "a": "unchanged", "b": "unchanged", "c": "unchanged" });
    assert_eq!(folder.results(&["update"], "result"), (0, unchanged));
    folder
        .run(&["update", "org.example.x"])
        .expect(2, &["org.example.x is not pinned"]);

    let mut newer = ring();
    newer[0]["description"] = json!("newer");
    newer[2] = referring(C, &[A, "com.example.notes.d"]);
    newer.push(lexicon("com.example.notes.d", 5));
    world.publish(&newer, &[]);
    let before = folder.read("lexicon.lock");
    let (code, states) = folder.results(&["status"], "states");
    let newer_there = json!(["newer on the network"]);
    let expected = json!({ "a": newer_there, "b": ["pinned"], "c": newer_there });
    assert_eq!((code, states), (1, expected));
    assert_eq!(folder.read("lexicon.lock"), before);
    // From the file to the published one, since that is what an update does.
    folder
        .run(&["diff", A])
        .expect(1, &["\n+  \"description\": \"newer\",\n", "1 difference"]);
    let (code, results) = folder.results(&["update"], "result");
    let expected = json!({ "a": "updated", "b": "unchanged", "c": "updated", "d": "added" });
    assert_eq!((code, results), (0, expected));
    folder.run(&["status"]).expect(0, &["pinned", "4 lexicons"]);
    folder.run(&["diff"]).expect(0, &["0 differences"]);

    // A file that was changed here is not replaced.
    world.publish(&ring(), &["com.example.notes.d"]);
    folder.put(&lexicon(A, 99));
    let (code, states) = folder.results(&["status", A], "states");
    let expected = json!({ "a": ["changed here", "newer on the network"] });
    assert_eq!((code, states), (1, expected));
    let (code, results) = folder.results(&["update", A], "result");
    assert_eq!((code, results), (1, json!({ "a": "refused" })));
    let (code, results) = folder.results(&["update", A, "--force"], "result");
    assert_eq!((code, results), (0, json!({ "a": "updated" })));
}

#[test]
fn states_of_lexicons() {
    let world = World::new();
    let (d, e) = ("com.example.notes.d", "com.example.notes.e");
    world.publish(&[lexicon(A, 5), lexicon(B, 5), lexicon(C, 5)], &[d]);
    let folder = world.folder();
    folder.run(&["add", A, C]).expect(0, &[]);
    folder.remove(&file(C));
    folder.put(&lexicon(B, 5));
    folder.put(&lexicon(d, 5));
    folder.put(&lexicon("org.example.f", 5));
    // The server does not answer for it.
    folder.put(&lexicon(e, 5));
    let (code, states) = folder.results(&["status"], "states");
    let expected = json!({
        "a": ["pinned"], "b": ["unpinned"], "c": ["missing"], "d": ["not published"],
        "e": ["unknown"], "f": ["not published"],
    });
    assert_eq!((code, states), (1, expected));
    // The CIDs, of which a file that is no JSON has none.
    folder.write(&file(A), "no JSON");
    let (_, here) = folder.results(&["status", A, B], "here");
    assert_eq!(here, json!({ "a": null, "b": cid(&lexicon(B, 5)) }));
    folder.put(&lexicon(B, 6));
    let (_, states) = folder.results(&["status", B], "states");
    assert_eq!(states, json!({ "b": ["changed here"] }));
    // From the published one to the file: the limit is wider, which breaks those that have the old one.
    let ran = folder.run(&["diff", B, e]);
    ran.expect(
        1,
        &[
            "-          \"maxLength\": 5",
            "+          \"maxLength\": 6",
            "error: com.example.notes.e",
        ],
    );
    let ran = folder.run(&["diff", B, "--json"]);
    assert!(
        ran.json()[0]["diff"]
            .as_str()
            .unwrap()
            .contains("maxLength"),
        "{}",
        ran.out
    );
}

#[test]
fn a_host_that_is_trusted_is_recorded() {
    let world = World::new();
    let host = Server::start();
    for lexicon in ring() {
        let nsid = lexicon["id"].as_str().unwrap();
        let mut schema = lexicon.clone();
        schema["$type"] = json!("com.atproto.lexicon.schema");
        let uri = format!("at://{ALICE}/com.atproto.lexicon.schema/{nsid}");
        let answer = json!({ "cid": cid(&lexicon), "uri": uri, "schema": schema });
        let path = format!("/xrpc/com.atproto.lexicon.resolveLexicon?nsid={nsid}");
        host.put(&path, 200, answer.to_string());
    }
    let folder = world.folder();
    folder.run(&["add", A, "--from", &host.url]).expect(0, &[]);
    assert_eq!(world.questions(), 0);
    let lock = folder.read("lexicon.lock");
    let recorded = format!("resolved-by = \"{}\"", host.url);
    assert_eq!(lock.matches(&recorded).count(), 3, "{lock}");
    // It is asked again.
    folder.remove(&file(B));
    folder
        .run(&["install", "--locked"])
        .expect(0, &["fetched com.example.notes.b"]);
    folder.run(&["update"]).expect(0, &[]);
    assert_eq!(world.questions(), 0);
    folder
        .run(&["add", A, "--from", "https://example.com/path"])
        .expect(2, &["expected an origin"]);
    // To verify it from now on.
    world.publish(&ring(), &[]);
    folder.run(&["add", A]).expect(0, &["updated"]);
    assert_eq!(
        folder.read("lexicon.lock").matches("\"proof\"\n").count(),
        1
    );
}
