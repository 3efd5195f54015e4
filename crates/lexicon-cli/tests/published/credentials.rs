//! Credentials: where they come from, and that nobody sees them.

use serde_json::json;

use super::folder::{Folder, lexicon};
use super::world::{ALICE, World};

const A: &str = "com.example.notes.a";
const SECRET: &str = "hunter2-hunter2";

fn folder(world: &World) -> Folder {
    world.publish(&[], &[A]);
    let mut folder = world.folder();
    folder.set("LEXICON_ACCOUNT", ALICE);
    folder.put(&lexicon(A, 5));
    folder
}

#[test]
fn exactly_one_credential_is_needed() {
    let world = World::new();
    let mut folder = folder(&world);
    folder.run(&["publish"]).expect(
        2,
        &[
            "there are no credentials",
            "LEXICON_PASSWORD",
            "--token-file",
        ],
    );
    // Nothing was asked before.
    assert_eq!(world.questions(), 0);
    folder.set("LEXICON_PASSWORD", "");
    folder
        .run(&["publish"])
        .expect(2, &["there are no credentials"]);
    folder.set("LEXICON_PASSWORD", SECRET);
    folder.set("LEXICON_TOKEN", SECRET);
    folder.run(&["publish"]).expect(
        2,
        &["expected one credential, found LEXICON_PASSWORD, LEXICON_TOKEN"],
    );
    folder.set("LEXICON_TOKEN", "");
    folder.write("password", SECRET);
    folder
        .run(&["publish", "--password-file", "password"])
        .expect(2, &["expected one credential"]);
    folder.set("LEXICON_PASSWORD", "");
    for text in ["", "\n", "a\nb", "\u{1b}"] {
        folder.write("password", text);
        folder
            .run(&["publish", "--password-file", "password"])
            .expect(2, &["password: expected a text"]);
    }
    folder
        .run(&["publish", "--token-file", "none"])
        .expect(2, &["none: "]);
    // There is no option for the secret itself.
    folder
        .run(&["publish", "--password", SECRET])
        .expect(2, &["unexpected argument"]);
}

#[test]
fn the_account_has_to_be_known() {
    let world = World::new();
    let mut folder = folder(&world);
    folder.set("LEXICON_PASSWORD", SECRET);
    folder.set("LEXICON_ACCOUNT", "");
    folder
        .run(&["publish"])
        .expect(2, &["the account is not known: give --account"]);
    folder
        .run(&["publish", "--account", "no account"])
        .expect(2, &["expected a handle or a DID"]);
    folder
        .run(&["publish", "--account", "did:plc:nobodyaaaaaaaaaaaaaaaaaa"])
        .expect(2, &["no DID document"]);
    folder
        .run(&["publish", "--account", "nobody.test"])
        .expect(2, &["no account with the handle"]);
}

#[test]
fn nobody_sees_a_secret() {
    let world = World::new();
    let mut folder = folder(&world);
    folder.set("LEXICON_PASSWORD", SECRET);
    let quoting =
        json!({ "error": "AuthenticationRequired", "message": "Invalid identifier or password" });
    let session = "/xrpc/com.atproto.server.createSession";
    for (status, body, expected) in [
        (401, quoting.to_string(), "AuthenticationRequired: Invalid identifier or password"),
        (500, format!("<html>{SECRET}"), "status 500, no XRPC error"),
        (200, format!("{{\"accessJwt\": \"{SECRET}\"}}"), "expected the output of the method"),
        (
            200,
            json!({ "did": "did:plc:bobaaaaaaaaaaaaaaaaaaaaa", "accessJwt": SECRET, "refreshJwt": SECRET })
                .to_string(),
            "found one of did:plc:bob",
        ),
    ] {
        world.server.put(session, status, body);
        let ran = folder.run(&["publish"]);
        ran.expect(2, &[expected]);
        assert!(!ran.out.contains(SECRET) && !ran.notes.contains(SECRET), "{}", ran.notes);
    }
    let help = folder.run(&["publish", "--help"]);
    help.expect(0, &["LEXICON_PASSWORD"]);
    assert!(!help.out.contains(SECRET), "{}", help.out);
}
