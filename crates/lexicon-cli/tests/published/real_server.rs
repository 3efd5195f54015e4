//! A real personal data server: `tests/network`.

use std::process::Command;

use serde_json::{Value, json};

use super::dns::DnsServer;
use super::folder::{Folder, cid, file, lexicon, referring};
use super::network::{self, Network};

/// A folder whose commands use the network, and a DNS in which Alice has an authority.
struct Real {
    network: &'static Network,
    dns: DnsServer,
}

impl Real {
    fn new(authority: &str) -> Option<Self> {
        let network = Network::get()?;
        let dns = DnsServer::start();
        let did = format!("did={}", network.account("alice", "did"));
        dns.put(&format!("_lexicon.{authority}"), &[&did]);
        Some(Self { network, dns })
    }

    fn folder(&self) -> Folder {
        Folder::new(&[
            ("LEXICON_PLC_URL", self.network.text("plc")),
            ("LEXICON_HANDLE_RESOLVER", self.network.text("pds")),
            ("LEXICON_DNS", &self.dns.address.to_string()),
            ("LEXICON_ALLOW_LOCALHOST", "1"),
        ])
    }

    /// A folder of Alice, who publishes with her password.
    fn author(&self) -> Folder {
        let mut folder = self.folder();
        folder.set("LEXICON_ACCOUNT", self.network.account("alice", "handle"));
        folder.set(
            "LEXICON_PASSWORD",
            self.network.account("alice", "password"),
        );
        folder
    }
}

const AUTHORITY: &str = "guestbook.example.com";

fn nsid(name: &str) -> String {
    format!("com.example.guestbook.{name}")
}

#[test]
fn five_lexicons_are_published_changed_and_pinned_elsewhere() {
    let Some(real) = Real::new(AUTHORITY) else {
        return;
    };
    let author = real.author();
    let (a, b, c, d, e) = (nsid("a"), nsid("b"), nsid("c"), nsid("d"), nsid("e"));
    author.put(&referring(&a, &[&b, &c]));
    author.put(&referring(&b, &[&d]));
    author.put(&lexicon(&c, 5));
    author.put(&referring(&d, &[&e, &a]));
    author.put(&lexicon(&e, 5));
    let all = |text: &str| json!({ "a": text, "b": text, "c": text, "d": text, "e": text });
    let states = |text: &str| {
        let state = json!([text]);
        json!({ "a": state, "b": state, "c": state, "d": state, "e": state })
    };
    // Publish.
    assert_eq!(
        author.results(&["status"], "states"),
        (1, states("not published"))
    );
    assert_eq!(
        author.results(&["publish", "--dry-run"], "result"),
        (0, all("create"))
    );
    assert_eq!(author.results(&["publish"], "result"), (0, all("created")));
    assert_eq!(
        author.results(&["publish"], "result"),
        (0, all("unchanged"))
    );
    assert_eq!(
        author.results(&["status"], "states"),
        (0, states("unpinned"))
    );
    author
        .run(&["check-dns"])
        .expect(0, &["present  _lexicon.guestbook.example.com."]);

    // The official resolver finds the same.
    let cids = official(&real, &[&a, &b, &c, &d, &e]);
    let (_, published) = author.results(&["status"], "published");
    assert_eq!(cids, published);

    // Change one.
    let mut changed = lexicon(&e, 5);
    changed["defs"]["main"]["properties"]["more"] = json!({ "type": "string", "maxLength": 7 });
    author.put(&changed);
    let mut expected = states("unpinned");
    expected["e"] = json!(["changed here"]);
    assert_eq!(author.results(&["status"], "states"), (1, expected));
    author
        .run(&["diff"])
        .expect(1, &["+        \"more\": {", "1 difference"]);
    let mut expected = all("unchanged");
    expected["e"] = json!("updated");
    assert_eq!(author.results(&["publish"], "result"), (0, expected));
    author.run(&["diff"]).expect(0, &["0 differences"]);
    author.put(&lexicon(&c, 4));
    author.run(&["publish"]).expect(
        1,
        &["refused com.example.guestbook.c", "nothing was published"],
    );

    // Add them elsewhere: `a` leads to all of them.
    let other = real.folder();
    assert_eq!(other.results(&["add", &a], "result"), (0, all("added")));
    let (_, uris) = other.results(&["add", &a], "uri");
    let did = real.network.account("alice", "did");
    assert_eq!(
        uris["a"],
        format!("at://{did}/com.atproto.lexicon.schema/{a}")
    );
    assert_eq!(other.results(&["status"], "states"), (0, states("pinned")));
    other
        .run(&["install", "--locked"])
        .expect(0, &["5 lexicons checked"]);
    other
        .run(&["codegen", "--out", "generated"])
        .expect(0, &["5 documents"]);

    // The author publishes what breaks.
    author
        .run(&["publish", "--allow-breaking"])
        .expect(0, &["updated com.example.guestbook.c"]);
    let (code, found) = other.results(&["status"], "states");
    assert_eq!((code, &found["c"]), (1, &json!(["newer on the network"])));
    let ran = other.run(&["diff", &c]);
    ran.expect(
        1,
        &[
            "-          \"maxLength\": 5",
            "+          \"maxLength\": 4",
            "breaks",
        ],
    );
    assert_eq!(
        other.results(&["update", &c], "result"),
        (0, json!({ "c": "updated" }))
    );

    // Tamper with one.
    let tampered = lexicon(&c, 4_000);
    other.put(&tampered);
    let ran = other.run(&["install", "--locked"]);
    let (expected, found) = (cid(&lexicon(&c, 4)), cid(&tampered));
    ran.expect(1, &[&format!("expected {expected}, found {found}")]);
    other.remove(&file(&c));
    let mut fetched = all("unchanged");
    fetched["c"] = json!("fetched");
    assert_eq!(
        other.results(&["install", "--locked"], "result"),
        (0, fetched)
    );
}

/// The CIDs that the official resolver finds.
fn official(real: &Real, nsids: &[&str]) -> Value {
    let did = real.network.account("alice", "did");
    let output = Command::new("node")
        .arg(network::dir().join("resolve-lexicons.mjs"))
        .args([real.network.text("plc"), did])
        .args(nsids)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_token_publishes_for_its_own_account_alone() {
    let Some(real) = Real::new("tokens.example.com") else {
        return;
    };
    let mut folder = real.author();
    folder.set("LEXICON_PASSWORD", "");
    let lexicon = lexicon("com.example.tokens.a", 5);
    folder.put(&lexicon);
    let bob = real.network.account("bob", "token");
    folder.write("token", &format!("{bob}\n"));
    let ran = folder.run(&["publish", "--token-file", "token"]);
    let found = format!("found one of {}", real.network.account("bob", "did"));
    ran.expect(2, &["expected a session of did:plc:", &found]);
    folder.set("LEXICON_TOKEN", real.network.account("alice", "token"));
    folder
        .run(&["publish"])
        .expect(0, &["created com.example.tokens.a", &cid(&lexicon)]);
    folder.set("LEXICON_TOKEN", "nonsense");
    folder.run(&["publish"]).expect(0, &["unchanged"]);
    let mut changed = lexicon.clone();
    changed["description"] = json!("changed");
    folder.put(&changed);
    folder
        .run(&["publish"])
        .expect(2, &["com.atproto.server.getSession: status 4"]);
}

#[test]
fn a_wrong_password_is_rejected() {
    let Some(real) = Real::new("passwords.example.com") else {
        return;
    };
    let mut folder = real.author();
    folder.put(&lexicon("com.example.passwords.a", 5));
    folder.set("LEXICON_PASSWORD", "wrong-password");
    let ran = folder.run(&["publish"]);
    ran.expect(
        2,
        &[
            "com.atproto.server.createSession: status 401",
            "AuthenticationRequired",
        ],
    );
    assert!(!ran.notes.contains("wrong-password"));
}

#[test]
fn documents_in_the_older_encoding_and_absent_records() {
    let Some(real) = Real::new("older.example.com") else {
        return;
    };
    let (a, b) = ("com.example.older.a", "com.example.older.b");
    let author = real.author();
    author.put(&lexicon(a, 5));
    author.run(&["publish"]).expect(0, &["created"]);
    let mut other = real.folder();
    other.set("LEXICON_PLC_URL", real.network.text("olderPlc"));
    let (code, results) = other.results(&["add", a, b], "result");
    assert_eq!((code, results), (1, json!({ "a": "added", "b": "failed" })));
    let (_, errors) = other.results(&["add", b], "error");
    let text = errors["b"].as_str().unwrap();
    assert!(text.contains("there is no record at://did:plc:"), "{text}");
}
