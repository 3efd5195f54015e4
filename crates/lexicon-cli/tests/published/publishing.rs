//! `publish` and `check-dns`, at servers that are made up.

use serde_json::{Value, json};

use super::folder::{Folder, cid, lexicon, referring};
use super::server::Request;
use super::world::{ALICE, World};

const A: &str = "com.example.notes.a";
const B: &str = "com.example.notes.b";
const CREATE_SESSION: &str = "/xrpc/com.atproto.server.createSession";
const DELETE_SESSION: &str = "/xrpc/com.atproto.server.deleteSession";
const PUT_RECORD: &str = "/xrpc/com.atproto.repo.putRecord";

/// A folder of Alice, at a server that takes her records.
fn folder(world: &World) -> Folder {
    let session = json!({ "did": ALICE, "accessJwt": "the-access", "refreshJwt": "the-refresh" });
    world.server.put(CREATE_SESSION, 200, session.to_string());
    world.server.put(DELETE_SESSION, 200, "");
    let mut folder = world.folder();
    folder.set("LEXICON_ACCOUNT", ALICE);
    folder.set("LEXICON_PASSWORD", "the-password");
    folder
}

/// Lets the server answer a put.
fn answer_put(world: &World, lexicon: &Value) {
    let answer = json!({ "uri": "at://x", "cid": cid(lexicon) });
    world.server.put(PUT_RECORD, 200, answer.to_string());
}

/// The requests for a path.
fn requests(world: &World, path: &str) -> Vec<Request> {
    let requests = world.server.requests().into_iter();
    requests.filter(|request| request.path == path).collect()
}

#[test]
fn only_what_differs_is_put_in_place_of_what_was_compared() {
    let world = World::new();
    world.publish(&[lexicon(B, 5)], &[A]);
    let folder = folder(&world);
    folder.put(&lexicon(A, 5));
    folder.put(&lexicon(B, 5));
    let planned = json!({ "a": "create", "b": "unchanged" });
    assert_eq!(
        folder.results(&["publish", "--dry-run"], "result"),
        (0, planned)
    );
    assert!(requests(&world, CREATE_SESSION).is_empty());

    answer_put(&world, &lexicon(A, 5));
    let done = json!({ "a": "created", "b": "unchanged" });
    assert_eq!(folder.results(&["publish"], "result"), (0, done));
    let puts = requests(&world, PUT_RECORD);
    let mut record = lexicon(A, 5);
    record["$type"] = json!("com.atproto.lexicon.schema");
    let input = json!({
        "repo": ALICE, "collection": "com.atproto.lexicon.schema", "rkey": A, "record": record,
        "swapRecord": null,
    });
    assert_eq!(puts.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&puts[0].body).unwrap(), input);
    let has = |request: &Request, token: &str| {
        request
            .head
            .to_lowercase()
            .contains(&format!("authorization: bearer {token}"))
    };
    assert!(has(&puts[0], "the-access"));
    assert!(has(&requests(&world, DELETE_SESSION)[0], "the-refresh"));

    // Nothing is sent if nothing differs.
    world.publish(&[lexicon(A, 5), lexicon(B, 5)], &[]);
    folder
        .run(&["publish"])
        .expect(0, &["unchanged com.example.notes.a"]);
    assert_eq!(requests(&world, CREATE_SESSION).len(), 1);

    let mut changed = lexicon(A, 5);
    changed["description"] = json!("changed");
    folder.put(&changed);
    answer_put(&world, &changed);
    let done = json!({ "a": "updated", "b": "unchanged" });
    assert_eq!(folder.results(&["publish"], "result"), (0, done));
    let puts = requests(&world, PUT_RECORD);
    let input: Value = serde_json::from_str(&puts[1].body).unwrap();
    assert_eq!(input["swapRecord"], cid(&lexicon(A, 5)));
}

#[test]
fn what_breaks_is_refused_with_everything_else() {
    let world = World::new();
    world.publish(&[lexicon(A, 5)], &[B]);
    let folder = folder(&world);
    let changed = lexicon(A, 4);
    folder.put(&changed);
    folder.put(&lexicon(B, 5));
    for arguments in [&["publish"][..], &["publish", "--dry-run"]] {
        let ran = folder.run(arguments);
        ran.expect(
            1,
            &[
                "refused com.example.notes.a",
                "--allow-breaking",
                "breaks",
                "nothing was published",
            ],
        );
    }
    let (code, changes) = folder.results(&["publish"], "changes");
    assert_eq!(
        (code, &changes["a"][0]["pointer"]),
        (1, &json!("/defs/main/properties/note/maxLength"))
    );
    assert!(requests(&world, PUT_RECORD).is_empty());
    answer_put(&world, &changed);
    let (code, results) = folder.results(&["publish", A, "--allow-breaking"], "result");
    assert_eq!((code, results), (0, json!({ "a": "updated" })));
}

#[test]
fn what_is_not_ones_own_or_invalid_is_refused() {
    let world = World::new();
    let others = "com.example.others.x";
    world.dns.put(
        "_lexicon.others.example.com",
        &["did=did:plc:bobaaaaaaaaaaaaaaaaaaaaa"],
    );
    world.publish(&[lexicon(A, 5)], &[B, others, "org.example.y"]);
    let folder = folder(&world);
    folder.run(&["add", A]).expect(0, &[]);
    folder.put(&lexicon(others, 5));
    // Those of others are left out, but not if they are named.
    folder
        .run(&["publish", "--dry-run"])
        .expect(0, &["skipped com.example.others.x", "did:plc:bob"]);
    folder
        .run(&["publish", "--dry-run", others])
        .expect(1, &["refused com.example.others.x"]);
    folder
        .run(&["publish", "--dry-run", A])
        .expect(1, &["it is pinned"]);
    folder
        .run(&["publish", "--dry-run", B])
        .expect(1, &["there is no such file"]);
    // An authority without a record: it can be published, and nobody will find it.
    folder.put(&lexicon("org.example.y", 5));
    let record = format!("_lexicon.example.org. TXT \"did={ALICE}\"");
    folder
        .run(&["publish", "--dry-run", "org.example.y"])
        .expect(0, &["create org.example.y", &record]);
    // One that is invalid.
    let mut invalid = lexicon(B, 5);
    invalid["defs"]["main"]["properties"]["note"]["type"] = json!("nonsense");
    folder.put(&invalid);
    folder
        .run(&["publish", "--dry-run", B])
        .expect(1, &["refused com.example.notes.b", "nonsense"]);
    folder.put(&referring(B, &["#nothing"]));
    folder
        .run(&["publish", "--dry-run", B])
        .expect(1, &["refused com.example.notes.b", "#nothing"]);
    // A reference to a lexicon that is not here may lead to a published one.
    folder.put(&referring(B, &["com.example.elsewhere.z"]));
    folder
        .run(&["publish", "--dry-run", B])
        .expect(0, &["create com.example.notes.b"]);
}

#[test]
fn a_record_that_changed_meanwhile_or_arrives_changed() {
    let world = World::new();
    world.publish(&[], &[A, B]);
    let folder = folder(&world);
    folder.put(&lexicon(A, 5));
    let error = json!({ "error": "InvalidSwap", "message": "Record was at \u{1b}[31m bafy" });
    world.server.put(PUT_RECORD, 400, error.to_string());
    let ran = folder.run(&["publish"]);
    ran.expect(
        1,
        &[
            "failed com.example.notes.a",
            "InvalidSwap",
            r"\u{1b}[31m bafy",
        ],
    );
    answer_put(&world, &lexicon(A, 6));
    folder
        .run(&["publish"])
        .expect(1, &["failed", "expected a record with the CID"]);
    // One that fails does not stop the others.
    folder.put(&lexicon(B, 6));
    world.server.put(
        PUT_RECORD,
        200,
        json!({ "cid": cid(&lexicon(B, 6)) }).to_string(),
    );
    let (code, results) = folder.results(&["publish"], "result");
    assert_eq!(
        (code, results),
        (1, json!({ "a": "failed", "b": "created" }))
    );
}

/// A mistyped directory must not pass for one in which all is well.
#[test]
fn a_directory_without_lexicons_is_an_error() {
    let world = World::new();
    let folder = folder(&world);
    std::fs::create_dir(folder.path("lexicons")).unwrap();
    for command in ["publish", "check-dns", "status", "diff"] {
        for arguments in [&[command][..], &[command, "--lexicons", "lexicons"]] {
            folder
                .run(arguments)
                .expect(2, &["there are no lexicons in this directory"]);
        }
    }
}

#[test]
fn each_authority_needs_its_own_record() {
    let world = World::new();
    let mut folder = world.folder();
    world
        .dns
        .put("_lexicon.example.com", &[&format!("did={ALICE}")]);
    world.dns.put(
        "_lexicon.others.example.com",
        &["did=did:plc:bobaaaaaaaaaaaaaaaaaaaaa"],
    );
    for nsid in [
        A,
        B,
        "com.example.c",
        "com.example.others.d",
        "com.example.notes.deep.e",
    ] {
        folder.put(&lexicon(nsid, 5));
    }
    let check = |folder: &Folder| {
        let ran = folder.run(&["check-dns", "--json"]);
        let list = ran.json();
        let list = list.as_array().unwrap().iter();
        let results = list.map(|one| {
            (
                one["authority"].as_str().unwrap().to_owned(),
                one["result"].clone(),
            )
        });
        (ran.code, Value::Object(results.collect()))
    };
    let expected = json!({
        "example.com": "present", "notes.example.com": "present", "others.example.com": "present",
        "deep.notes.example.com": "missing",
    });
    assert_eq!(check(&folder), (1, expected));
    folder.set("LEXICON_ACCOUNT", ALICE);
    let ran = folder.run(&["check-dns"]);
    let missing = format!("missing  _lexicon.deep.notes.example.com. TXT \"did={ALICE}\"");
    let other =
        format!("other    _lexicon.others.example.com. TXT \"did={ALICE}\": found did=did:plc:bob");
    ran.expect(1, &[&missing, &other, "4 authorities of 5 lexicons"]);
    folder
        .run(&["check-dns", A])
        .expect(0, &["present  _lexicon.notes.example.com. TXT"]);
    world.dns.fail();
    folder
        .run(&["check-dns", A])
        .expect(1, &["unknown  _lexicon.notes.example.com. TXT"]);
}
