//! Resolution against servers on this machine: DNS, a PLC directory, and a personal data server.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use atproto_resolver::{HttpClient, Network};
use common::repository::{Repository, car};
use common::server::Server;
use common::world::{NAME, NSID, World, get_record, record};
use common::{ALICE, BOB};
use lexicon_resolver::{COLLECTION, Dns, MAX_PROOF, ResolveLexiconError, resolve_at_host};
use lexicon_runtime::Nsid;
use serde_json::{Value, json};

#[tokio::test]
async fn a_published_lexicon_is_resolved() {
    let world = World::new();
    let found = world.resolve().await.unwrap();
    assert_eq!(found.nsid.as_str(), NSID);
    assert_eq!(
        found.uri.as_str(),
        format!("at://{ALICE}/{COLLECTION}/{NSID}")
    );
    let cid = lexicon_schema::cid::of_lexicon(&found.document).unwrap();
    assert_eq!(found.cid.as_str(), cid);
    let mut document = record();
    document.as_object_mut().unwrap().remove("$type");
    assert_eq!(Value::Object(found.document), document);
}

#[tokio::test]
async fn the_authority_is_one_txt_record() {
    let world = World::new();
    let good = format!("did={ALICE}");
    let (front, back) = good.split_at(9);
    let parts = vec![
        vec![front.to_owned(), back.to_owned()],
        vec!["v=spf1 -all".to_owned()],
    ];
    world.dns.put_strings(NAME, parts);
    world.resolve().await.unwrap();
    // Each name is looked up once: a resolver keeps the answers.
    for (texts, expected) in [
        (&[][..], "no TXT record"),
        (&["v=spf1 -all"], "no TXT record"),
        (&["DID=did:plc:aliceaaaaaaaaaaaaaaaaaaa"], "no TXT record"),
        (&[&good, &good], "found 2"),
        (&[&good, "did=x"], "found 2"),
        (&["did="], "expected a DID"),
        (&["did=alice.example.com"], "expected a DID"),
        (
            &["did=did:plc:aliceaaaaaaaaaaaaaaaaaaa#x"],
            "expected a DID",
        ),
        (&["did=did:example:alice"], "not supported"),
        (&["did=did:plc:nobodyaaaaaaaaaaaaaaaaaa"], "no DID document"),
    ] {
        let world = World::new();
        world.dns.put(NAME, texts);
        let error = world.error().await;
        assert!(error.to_string().contains(expected), "{texts:?}: {error}");
        let is_missing = expected == "no TXT record";
        assert_eq!(error.is_not_published(), is_missing, "{error}");
    }
}

#[tokio::test]
async fn an_authority_says_nothing_of_another_one() {
    let world = World::new();
    for nsid in [
        "com.example.sign",
        "com.example.guestbook.deep.sign",
        "com.example.guestbooks.sign",
        "org.example.guestbook.sign",
    ] {
        let error = world
            .resolver
            .resolve(&Nsid::parse(nsid).unwrap())
            .await
            .unwrap_err();
        assert!(error.is_not_published(), "{nsid}: {error}");
    }
    // Upper case is the same name.
    let nsid = Nsid::parse("com.Example.GuestBook.sign").unwrap();
    let error = world.resolver.resolve(&nsid).await.unwrap_err();
    assert!(
        !matches!(error, ResolveLexiconError::NoAuthority { .. }),
        "{error}"
    );
    // The name would be too long for the DNS.
    let long = format!("com.{}.sign", vec!["a".repeat(60); 4].join("."));
    let error = world
        .resolver
        .resolve(&Nsid::parse(long).unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ResolveLexiconError::LongAuthority { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_long_answer_is_read_over_tcp() {
    let world = World::new();
    let other = format!("other={}", "x".repeat(200));
    let did = format!("did={ALICE}");
    let mut texts = vec![&other[..]; 30];
    texts.push(&did);
    world.dns.put(NAME, &texts);
    world.resolve().await.unwrap();
}

#[tokio::test]
async fn a_dns_that_fails_does_not_say_that_nothing_is_published() {
    let world = World::new();
    world.dns.fail();
    let error = world.error().await;
    assert!(matches!(error, ResolveLexiconError::Dns { .. }), "{error}");
    assert!(!error.is_not_published());
    // Nobody answers.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let start = Instant::now();
    let dns = Dns::at(silent.local_addr().unwrap());
    let error = dns.txt("example.com").await.unwrap_err();
    assert!(matches!(error, ResolveLexiconError::Dns { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn accounts_that_cannot_be_used() {
    for (pds, expected) in [
        (Value::Null, "no personal data server"),
        (json!("http://10.0.0.1"), "expected an https URL"),
        (json!("http://pds.example.com"), "expected an https URL"),
        (
            json!("https://pds.example.com/path"),
            "expected an https URL",
        ),
        (json!("ftp://localhost"), "expected an https URL"),
        (json!("nonsense"), "expected an https URL"),
    ] {
        let world = World::new();
        world.put_account(ALICE, pds.clone());
        let error = world.error().await;
        assert!(error.to_string().contains(expected), "{pds}: {error}");
    }
    let world = World::new();
    let document = json!({ "id": ALICE, "service": [{
        "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": world.server.url,
    }] });
    world
        .server
        .put(&format!("/{ALICE}"), 200, document.to_string());
    let error = world.error().await.to_string();
    assert!(error.contains("no signing key"), "{error}");
}

#[tokio::test]
async fn servers_that_reject_or_misbehave() {
    let large = vec![0; MAX_PROOF + 1];
    for (status, body, expected) in [
        (
            400,
            &br#"{"error":"RecordNotFound","message":"x"}"#[..],
            "there is no record",
        ),
        (
            400,
            br#"{"error":"RepoDeactivated"}"#,
            "status 400 (RepoDeactivated)",
        ),
        (500, b"<html>", "status 500 (no XRPC error)"),
        (
            500,
            br#"{"error":"\u001b[31mred"}"#,
            "status 500 (no XRPC error)",
        ),
        (302, b"", "status 302"),
        (200, b"<html>", "localhost: "),
        (200, b"", "localhost: "),
        (200, &large, "more than"),
    ] {
        let world = World::new();
        world.server.put(&get_record(ALICE), status, body);
        let error = world.error().await;
        assert!(error.to_string().contains(expected), "{status}: {error}");
        assert_eq!(
            error.is_not_published(),
            expected.starts_with("there is no")
        );
    }
    let world = World::new();
    let start = Instant::now();
    world
        .server
        .put_slow(&get_record(ALICE), 200, "", Duration::from_secs(20));
    let error = world.error().await.to_string();
    assert!(error.contains("did not answer in time"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn the_proof_of_another_account_is_rejected() {
    let world = World::new();
    let mut repository = Repository::with(NSID, &record());
    let tree = repository.tree();
    let commit = repository.commit(BOB, &tree, &world.key);
    world
        .server
        .put(&get_record(ALICE), 200, car(&[&commit], &repository.blocks));
    let error = world.error().await.to_string();
    assert!(error.contains("expected a commit of"), "{error}");
}

#[tokio::test]
async fn a_proof_of_absence_says_that_nothing_is_published() {
    let world = World::new();
    let mut repository = Repository::with("com.example.guestbook.other", &record());
    let tree = repository.tree();
    let commit = repository.commit(ALICE, &tree, &world.key);
    world
        .server
        .put(&get_record(ALICE), 200, car(&[&commit], &repository.blocks));
    let error = world.error().await;
    assert!(
        matches!(error, ResolveLexiconError::NotPublished { .. }),
        "{error}"
    );
}

/// A member of a record, and a value.
type Member = (&'static str, fn() -> Value);

/// Members of a record that make it no lexicon with this NSID.
const WRONG: [Member; 9] = [
    ("$type", || Value::Null),
    ("$type", || json!("com.example.schema")),
    ("lexicon", || Value::Null),
    ("lexicon", || json!(2)),
    ("lexicon", || json!("1")),
    ("id", || json!("com.example.guestbook.other")),
    ("id", || Value::Null),
    ("defs", || Value::Null),
    ("defs", || json!([])),
];

fn with(member: &str, value: Value) -> Value {
    let mut record = record();
    record[member] = value;
    record
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    record
}

#[tokio::test]
async fn a_record_has_to_be_the_lexicon() {
    let mut wrong: Vec<_> = WRONG
        .iter()
        .map(|(name, value)| with(name, value()))
        .collect();
    wrong.push(json!({}));
    for record in wrong {
        let world = World::new();
        world.put_record(&record);
        let error = world.error().await;
        let is_record = matches!(error, ResolveLexiconError::InvalidRecord { .. });
        assert!(is_record, "{record}: {error}");
    }
}

#[tokio::test]
async fn a_trusted_host_resolves_and_has_to_be_consistent() {
    let server = Server::start();
    let client = HttpClient::builder(Network::Any).build().unwrap();
    let path = format!("/xrpc/com.atproto.lexicon.resolveLexicon?nsid={NSID}");
    let nsid = Nsid::parse(NSID).unwrap();
    let host = server.url.parse().unwrap();
    let uri = format!("at://{ALICE}/{COLLECTION}/{NSID}");
    let answer = |schema: &Value, cid: &str, uri: &str| {
        json!({ "schema": schema, "cid": cid, "uri": uri, "more": 1 }).to_string()
    };
    let cid = lexicon_schema::cid::of_value(&record()).unwrap();
    server.put(&path, 200, answer(&record(), &cid, &uri));
    let found = resolve_at_host(&client, &host, &nsid).await.unwrap();
    assert_eq!(
        (found.cid.as_str(), found.uri.as_str()),
        (&cid[..], &uri[..])
    );
    assert!(!found.document.contains_key("$type"));

    let other = lexicon_schema::cid::of_value(&json!({})).unwrap();
    let mut wrong = vec![
        answer(&record(), &other, &uri),
        answer(&record(), "", &uri),
        answer(&record(), &cid, "at://did:plc:x"),
        answer(
            &record(),
            &cid,
            &uri.replace(COLLECTION, "com.example.schema"),
        ),
        answer(&record(), &cid, &uri.replace("sign", "other")),
        answer(&record(), &cid, &uri.replace(ALICE, "alice.example.com")),
        json!({ "schema": record(), "cid": cid }).to_string(),
        answer(&json!({ "x": 1.5 }), &cid, &uri),
        "[]".to_owned(),
        "<html>".to_owned(),
        r#"{"schema":{},"schema":{},"cid":"","uri":""}"#.to_owned(),
    ];
    for (member, value) in WRONG {
        let record = with(member, value());
        wrong.push(answer(
            &record,
            &lexicon_schema::cid::of_value(&record).unwrap(),
            &uri,
        ));
    }
    for body in wrong {
        server.put(&path, 200, &body[..]);
        let error = resolve_at_host(&client, &host, &nsid).await.unwrap_err();
        assert!(
            matches!(error, ResolveLexiconError::InvalidAnswer { .. }),
            "{body}: {error}"
        );
    }
    server.put(&path, 400, r#"{"error":"LexiconNotFound"}"#);
    let error = resolve_at_host(&client, &host, &nsid).await.unwrap_err();
    assert!(error.is_not_published(), "{error}");
}
