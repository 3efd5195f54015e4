//! Proofs of records: those that are accepted, and everything that can be wrong with one.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use atproto_resolver::PublicKey;
use common::issuer::Key;
use common::repository::{Repository, car, layer, link, unsigned, varint, with_header};
use common::{ALICE, BOB, did, public_key};
use lexicon_resolver::{COLLECTION, MAX_PROOF, ProofError, verify_record};
use lexicon_runtime::{Bytes, dag_cbor};
use serde_json::{Value, json};

const NSID: &str = "com.example.guestbook.sign";

fn record() -> Value {
    json!({
        "$type": COLLECTION, "lexicon": 1, "id": NSID,
        "defs": { "main": { "type": "token", "description": "é" }, "data": { "type": "bytes" } },
    })
}

/// A repository with the record, and the CID of its tree.
fn repository() -> (Repository, String) {
    let mut repository = Repository::with(NSID, &record());
    let tree = repository.tree();
    (repository, tree)
}

fn verify(car: &[u8], key: &PublicKey) -> Result<Value, ProofError> {
    let found = verify_record(car, &did(ALICE), key, COLLECTION, NSID);
    found.map(|(_, record)| record)
}

/// The whole proof, and the key that signed it.
fn good(key: &Key) -> (Vec<u8>, Repository, String) {
    let (mut repository, tree) = repository();
    let commit = repository.commit(ALICE, &tree, key);
    (car(&[&commit], &repository.blocks), repository, commit)
}

#[test]
fn both_curves_are_accepted() {
    for key in [Key::secp256k1(1), Key::p256(2)] {
        let (car, ..) = good(&key);
        let found = verify_record(&car, &did(ALICE), &public_key(&key), COLLECTION, NSID);
        let (cid, found) = found.unwrap();
        assert_eq!(found, record());
        assert_eq!(
            cid.as_str(),
            lexicon_schema::cid::of_value(&record()).unwrap()
        );
    }
}

/// Every record of a repository has a proof, whichever layer its key is on; another key has none.
#[test]
fn every_record_is_found() {
    let key = Key::secp256k1(1);
    let (car, ..) = good(&key);
    let find = |rkey: &str| {
        let found = verify_record(
            &car,
            &did(ALICE),
            &public_key(&key),
            "com.example.note",
            rkey,
        );
        found.map(|(_, record)| record["number"].clone())
    };
    let mut layers = std::collections::BTreeSet::new();
    for number in 0..200 {
        layers.insert(layer(&format!("com.example.note/{number}")));
        assert_eq!(find(&number.to_string()), Ok(json!(number)));
    }
    assert!(layers.len() > 2, "{layers:?}");
    for rkey in ["", "00", "200", "~", "5a"] {
        let key = format!("com.example.note/{rkey}");
        assert_eq!(find(rkey), Err(ProofError::NotInRepository { key }));
    }
}

#[test]
fn a_proof_that_is_cut_off_or_changed_anywhere_is_rejected() {
    for key in [Key::secp256k1(1), Key::p256(2)] {
        let mut repository = Repository::default();
        repository.put(&format!("{COLLECTION}/{NSID}"), &record());
        let tree = repository.tree();
        let commit = repository.commit(ALICE, &tree, &key);
        let car = car(&[&commit], &repository.blocks);
        let public = public_key(&key);
        verify(&car, &public).unwrap();
        for length in 0..car.len() {
            verify(&car[..length], &public).unwrap_err();
        }
        for index in 0..car.len() {
            for bit in 0..8 {
                let mut changed = car.clone();
                changed[index] ^= 1 << bit;
                assert!(
                    verify(&changed, &public).is_err(),
                    "byte {index}, bit {bit}"
                );
            }
        }
        let longer = [&car[..], &[0]].concat();
        verify(&longer, &public).unwrap_err();
    }
}

#[test]
fn the_proof_needs_the_blocks_on_its_way_alone() {
    let key = Key::secp256k1(1);
    let (_, repository, commit) = good(&key);
    let public = public_key(&key);
    let mut needed = Vec::new();
    for index in 0..repository.blocks.len() {
        let mut blocks = repository.blocks.clone();
        let (cid, _) = blocks.remove(index);
        match verify(&car(&[&commit], &blocks), &public) {
            Ok(_) => {}
            Err(ProofError::MissingBlock { cid: missing, .. }) => {
                assert_eq!(missing, cid);
                needed.push(repository.blocks[index].clone());
            }
            Err(error) => panic!("{error}"),
        }
    }
    // A commit, a record, and the nodes between them.
    assert!((3..12).contains(&needed.len()), "{}", needed.len());
    needed.reverse();
    assert_eq!(verify(&car(&[&commit], &needed), &public), Ok(record()));
}

#[test]
fn files_that_are_no_car_are_rejected() {
    let key = Key::secp256k1(1);
    let (_, repository, commit) = good(&key);
    let blocks = &repository.blocks;
    let check = |car: Vec<u8>| verify(&car, &public_key(&key)).unwrap_err();
    let roots = |count| ProofError::Roots { count };
    assert_eq!(check(car(&[], blocks)), roots(0));
    assert_eq!(check(car(&[&commit, &commit], blocks)), roots(2));
    let header = json!({ "roots": [link(&commit)], "version": 2 });
    let error = check(with_header(&header, blocks));
    assert_eq!(error, ProofError::UnsupportedCar { version: 2 });
    for header in [
        json!({ "version": 1 }),
        json!({ "roots": [link(&commit)] }),
        json!({ "roots": [link(&commit)], "version": "1" }),
        json!({ "roots": [link(&commit)], "version": 1, "more": 1 }),
        json!({ "roots": [commit], "version": 1 }),
        json!([]),
        json!(1),
    ] {
        let error = check(with_header(&header, blocks));
        let is_header = matches!(error, ProofError::InvalidBlock { role: "header", .. });
        assert!(is_header, "{header}: {error}");
    }
    let mut twice = blocks.clone();
    twice.push(blocks[0].clone());
    let cid = blocks[0].0.clone();
    let error = check(car(&[&commit], &twice));
    assert_eq!(error, ProofError::DuplicateBlock { cid });
    let mut wrong = blocks.clone();
    wrong[7].0 = blocks[8].0.clone();
    let error = check(car(&[&commit], &wrong));
    assert!(matches!(error, ProofError::WrongCid { .. }), "{error}");
    let max_bytes = MAX_PROOF;
    let error = check(vec![0; MAX_PROOF + 1]);
    assert_eq!(error, ProofError::TooLarge { max_bytes });
    // Lengths: not the shortest varint, one without an end, and one of more than there is.
    for (length, expected) in [
        (vec![0x81, 0x00], "invalid length"),
        (vec![0xff; 12], "invalid length"),
        (varint(usize::MAX >> 1), "ends within"),
        (vec![0x80], "ends within"),
    ] {
        let file = [car(&[&commit], blocks), length].concat();
        let error = check(file).to_string();
        assert!(error.contains(expected), "{error}");
    }
    for text in [&b""[..], b"{}", b"<html>", b"\0"] {
        check(text.to_vec());
    }
}

#[test]
fn commits_of_others_are_rejected() {
    let (key, other) = (Key::secp256k1(1), Key::secp256k1(9));
    let (mut repository, tree) = repository();
    let public = public_key(&key);
    let check = |repository: &Repository, commit: &str| {
        verify(&car(&[commit], &repository.blocks), &public).unwrap_err()
    };
    let wrong = ProofError::WrongSignature { did: did(ALICE) };
    let commit = repository.commit(ALICE, &tree, &other);
    assert_eq!(check(&repository, &commit), wrong);
    let commit = repository.commit(ALICE, &tree, &Key::p256(1));
    assert_eq!(check(&repository, &commit), wrong);
    // Even if the key signed it.
    let commit = repository.commit(BOB, &tree, &key);
    let error = check(&repository, &commit);
    let (expected, found) = (did(ALICE), BOB.to_owned());
    assert_eq!(error, ProofError::OtherRepository { expected, found });
    let mut older = unsigned(ALICE, &tree);
    older["version"] = json!(2);
    let commit = repository.commit_of(older, &key);
    let error = check(&repository, &commit);
    assert_eq!(error, ProofError::UnsupportedCommit { version: 2 });
    for name in ["did", "version", "data"] {
        let mut commit = unsigned(ALICE, &tree);
        commit.as_object_mut().unwrap().remove(name);
        let commit = repository.commit_of(commit, &key);
        let error = check(&repository, &commit);
        let is_commit = matches!(error, ProofError::InvalidBlock { role: "commit", .. });
        assert!(is_commit, "{name}: {error}");
    }
    // The root is the record, or a node.
    let cid = lexicon_schema::cid::of_value(&record()).unwrap();
    for root in [cid, tree] {
        let error = check(&repository, &root);
        let is_commit = matches!(error, ProofError::InvalidBlock { role: "commit", .. });
        assert!(is_commit, "{error}");
    }
}

#[test]
fn only_raw_low_s_signatures_are_accepted() {
    // The orders of the groups.
    let secp256k1 = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let p256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    for (key, order) in [(Key::secp256k1(1), secp256k1), (Key::p256(2), p256)] {
        let order: Vec<_> = (0..32)
            .map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let (mut repository, tree) = repository();
        let mut commit = unsigned(ALICE, &tree);
        let raw = key.sign(&dag_cbor::write(&commit).unwrap());
        let mut high = raw;
        let mut borrow = 0;
        for at in (0..32).rev() {
            let difference = i16::from(order[at]) - i16::from(raw[32 + at]) - borrow;
            borrow = i16::from(difference < 0);
            high[32 + at] = difference.rem_euclid(256) as u8;
        }
        for (name, signature, valid) in [
            ("raw", raw.to_vec(), true),
            ("high s", high.to_vec(), false),
            ("short", raw[..63].to_vec(), false),
            ("long", [&raw[..], &[0]].concat(), false),
            ("zeros", vec![0; 64], false),
            ("none", Vec::new(), false),
        ] {
            commit["sig"] = json!(Bytes(signature));
            let root = repository.block(&commit);
            let found = verify(&car(&[&root], &repository.blocks), &public_key(&key));
            let expected = match valid {
                true => Ok(record()),
                false => Err(ProofError::WrongSignature { did: did(ALICE) }),
            };
            assert_eq!(found, expected, "{name}");
        }
    }
}
