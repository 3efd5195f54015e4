//! Trees and records that are signed, and still not what they have to be.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use atproto_resolver::PublicKey;
use common::issuer::Key;
use common::repository::{Repository, car, entry, layer, link};
use common::{ALICE, did, public_key};
use lexicon_resolver::{COLLECTION, ProofError, verify_record};
use lexicon_runtime::{Bytes, Value, dag_cbor};
use serde_json::json;

const NSID: &str = "com.example.guestbook.sign";

fn record() -> Value {
    json!({ "$type": COLLECTION, "lexicon": 1, "id": NSID, "defs": {} })
}

fn verify(car: &[u8], key: &PublicKey) -> Result<Value, ProofError> {
    let found = verify_record(car, &did(ALICE), key, COLLECTION, NSID);
    found.map(|(_, record)| record)
}

/// A key with this beginning whose layer is as asked for.
fn key_on(beginning: &str, is_asked_for: impl Fn(u32) -> bool) -> String {
    let keys = (0..).map(|number| format!("{beginning}{number}"));
    let mut keys = keys.filter(|key| is_asked_for(layer(key)));
    keys.next().unwrap()
}

#[test]
fn malformed_trees_are_rejected_even_if_they_are_signed() {
    let key = Key::secp256k1(1);
    let public = public_key(&key);
    let mut repository = Repository::default();
    let cid = repository.block(&record());
    let path = format!("{COLLECTION}/{NSID}");
    let own = layer(&path);
    let whole = |text: &str| entry(0, text.as_bytes(), &cid, None);
    let node = |entries: &[Value]| json!({ "l": null, "e": entries });
    // Keys after that of the record, and one before it.
    let same = key_on("com.z/", |layer| layer == own);
    let other = key_on("com.z/", |layer| layer != own);
    let (above, next) = (
        key_on("com.m/", |layer| layer > own),
        key_on("com.a/", |layer| layer > own),
    );
    let wrong = [
        node(&[whole(&same), whole(&path)]),
        node(&[whole(&path), whole(&path)]),
        node(&[whole(&path), whole(&other)]),
        node(&[entry(1, path.as_bytes(), &cid, None)]),
        node(&[whole(&path), entry(999, b"x", &cid, None)]),
        json!({}),
        json!({ "l": null }),
        json!({ "l": null, "e": [{ "p": 0, "k": path, "v": link(&cid), "t": null }] }),
        json!({ "l": null, "e": [], "more": 1 }),
        json!({ "l": null, "e": [{ "p": -1, "k": Bytes(vec![]), "v": link(&cid), "t": null }] }),
        json!({ "l": null, "e": [{ "p": 0, "k": Bytes(vec![]), "v": cid, "t": null }] }),
        json!([]),
    ];
    let mut trees: Vec<_> = wrong.iter().map(|node| repository.block(node)).collect();
    // A subtree with a key that comes after its bound, and one whose keys are on a layer above.
    let beyond = repository.block(&node(&[whole(&path), whole(&same)]));
    let mut parent = node(&[whole(&above)]);
    parent["l"] = link(&beyond);
    trees.push(repository.block(&parent));
    let higher = repository.block(&node(&[whole(&above)]));
    let mut parent = node(&[whole(&same)]);
    parent["l"] = link(&higher);
    trees.push(repository.block(&parent));
    for (number, tree) in trees.iter().enumerate() {
        let commit = repository.commit(ALICE, tree, &key);
        let error = verify(&car(&[&commit], &repository.blocks), &public).unwrap_err();
        let is_node = error.to_string().starts_with("the node of the tree ");
        assert!(is_node, "{number}: {error}");
    }
    // The key is in a subtree in which it is not looked for; and an empty repository.
    let child = repository.block(&node(&[whole(&path)]));
    let mut parent = node(&[whole(&next)]);
    parent["l"] = link(&child);
    for tree in [parent, node(&[])] {
        let tree = repository.block(&tree);
        let commit = repository.commit(ALICE, &tree, &key);
        let error = verify(&car(&[&commit], &repository.blocks), &public).unwrap_err();
        assert_eq!(error, ProofError::NotInRepository { key: path.clone() });
    }
}

/// Keys share their beginnings, so that a small node could hold gigabytes.
#[test]
fn long_keys_are_rejected() {
    let key = Key::secp256k1(1);
    let mut repository = Repository::default();
    let cid = repository.block(&record());
    let mut entries = vec![entry(0, &[b'c'; 1025], &cid, None)];
    entries.extend((0..10_000).map(|_| entry(1025, b"d", &cid, None)));
    let tree = repository.block(&json!({ "l": null, "e": entries }));
    let commit = repository.commit(ALICE, &tree, &key);
    let error = verify(&car(&[&commit], &repository.blocks), &public_key(&key)).unwrap_err();
    let is_long = error
        .to_string()
        .ends_with("it has a key of more than 1024 bytes");
    assert!(is_long, "{error}");
}

/// A block that contains its own CID cannot be made; a file that claims one is rejected for the CID.
#[test]
fn cycles_are_rejected() {
    let key = Key::secp256k1(1);
    let mut repository = Repository::default();
    let node = |below: &str| json!({ "l": link(below), "e": [] });
    let first = repository.block(&node(&lexicon_schema::cid::of_block(b"second")));
    repository.blocks.clear();
    let second = dag_cbor::write(&node(&first)).unwrap();
    let second_cid = lexicon_schema::cid::of_block(&second);
    let commit = repository.commit(ALICE, &first, &key);
    repository.blocks.push((second_cid.clone(), second));
    repository
        .blocks
        .push((first.clone(), dag_cbor::write(&node(&second_cid)).unwrap()));
    let error = verify(&car(&[&commit], &repository.blocks), &public_key(&key)).unwrap_err();
    assert!(matches!(error, ProofError::WrongCid { .. }), "{error}");
}

/// Bytes that another reader could take for another value.
#[test]
fn records_have_one_encoding() {
    let key = Key::secp256k1(1);
    let good = dag_cbor::write(&record()).unwrap();
    let mut nested = vec![0x81; 500];
    nested.push(0xf6);
    let text = |text: &str| [&[0x60 + text.len() as u8], text.as_bytes()].concat();
    let map = |members: &[(&str, &[u8])]| {
        let mut bytes = vec![0xa0 + members.len() as u8];
        for (name, value) in members {
            bytes.extend(text(name));
            bytes.extend(*value);
        }
        bytes
    };
    let fake_link = lexicon_schema::cid::of_block(b"x");
    let fake_link = [&[0x78, 59], fake_link.as_bytes()].concat();
    for (name, bytes) in [
        ("bytes after it", [&good[..], &[0]].concat()),
        ("members out of order", map(&[("bb", &[1]), ("a", &[1])])),
        ("a member twice", map(&[("a", &[1]), ("a", &[1])])),
        ("long integer", map(&[("a", &[0x18, 1])])),
        ("indefinite length", vec![0xbf, 0xff]),
        (
            "a float",
            map(&[("a", &[0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0])]),
        ),
        ("undefined", map(&[("a", &[0xf7])])),
        ("another tag", map(&[("a", &[0xc1, 1])])),
        (
            "text for a link",
            map(&[("a", &map(&[("$link", &fake_link)]))]),
        ),
        (
            "text for bytes",
            map(&[("a", &map(&[("$bytes", &text("AAAA"))]))]),
        ),
        ("not UTF-8", map(&[("a", &[0x61, 0xff])])),
        ("deep nesting", nested),
        ("nothing", Vec::new()),
        (
            "a length beyond memory",
            vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        let mut repository = Repository::default();
        let cid = repository.bytes(bytes);
        let path = format!("{COLLECTION}/{NSID}");
        let tree =
            repository.block(&json!({ "l": null, "e": [entry(0, path.as_bytes(), &cid, None)] }));
        let commit = repository.commit(ALICE, &tree, &key);
        let error = verify(&car(&[&commit], &repository.blocks), &public_key(&key)).unwrap_err();
        let is_record = matches!(error, ProofError::InvalidBlock { role: "record", .. });
        assert!(is_record, "{name}: {error}");
    }
}
