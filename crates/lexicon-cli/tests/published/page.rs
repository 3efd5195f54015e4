//! The commands of `docs/publishing.md`, word by word, at servers that are made up.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::folder::{cid, file, lexicon};
use super::world::{ALICE, World};

const PAGE: &str = include_str!("../../../../docs/publishing.md");
const OWN: &str = "com.example.notes.a";
/// What the page adds.
const ADDED: [&str; 2] = ["com.atproto.repo.strongRef", "app.bsky.feed.post"];
/// The account of the page.
const HANDLE: &str = "lexicons.example.com";

#[test]
fn the_commands_of_the_page_run() {
    let world = World::new();
    for authority in ["repo.atproto.com", "feed.bsky.app"] {
        let did = format!("did={ALICE}");
        world.dns.put(&format!("_lexicon.{authority}"), &[&did]);
    }
    world.publish(&ADDED.map(|nsid| lexicon(nsid, 5)), &[OWN]);
    let handle = format!("/xrpc/com.atproto.identity.resolveHandle?handle={HANDLE}");
    let did = json!({ "did": ALICE });
    world.server.put(&handle, 200, did.to_string());
    let session = json!({ "did": ALICE, "accessJwt": "the-access", "refreshJwt": "the-refresh" });
    let methods = "/xrpc/com.atproto.server.";
    let create = format!("{methods}createSession");
    world.server.put(&create, 200, session.to_string());
    world
        .server
        .put(&format!("{methods}deleteSession"), 200, "");
    let answer = json!({ "uri": "at://x", "cid": cid(&lexicon(OWN, 5)) });
    let put = "/xrpc/com.atproto.repo.putRecord";
    world.server.put(put, 200, answer.to_string());

    let folder = world.folder();
    folder.write("home/.config/lexicon-password", "the-password");
    let program = Path::new(env!("CARGO_BIN_EXE_lexicon")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let run = |commands: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", commands])
            .envs(folder.variables())
            .env("PATH", &path)
            .env("HOME", folder.path("home"));
        let output = bash.current_dir(folder.path("")).output().unwrap();
        assert!(output.status.success(), "{commands}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let blocks: Vec<_> = PAGE
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split_once("```").unwrap().0)
        .collect();
    let [add, publish] = blocks[..] else {
        panic!("{blocks:?}");
    };
    run(add);
    for nsid in ADDED {
        assert!(folder.read("lexicon.lock").contains(nsid));
        assert!(folder.read(&file(nsid)).contains(nsid));
    }
    folder.put(&lexicon(OWN, 5));
    let printed = run(publish);
    assert!(printed.contains(&format!("create {OWN}")), "{printed}");
    assert!(printed.contains(&format!("created {OWN}")), "{printed}");
}
