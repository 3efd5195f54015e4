//! Repositories that are made up: records, their tree, a signed commit, and CAR files of them.

use std::collections::BTreeMap;

use lexicon_runtime::{Bytes, dag_cbor};
use lexicon_schema::cid;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::issuer::Key;

/// Blocks with the CIDs that a CAR file states for them.
pub type Blocks = Vec<(String, Vec<u8>)>;

pub fn link(cid: &str) -> Value {
    json!({ "$link": cid })
}

/// A repository under construction.
#[derive(Default)]
pub struct Repository {
    pub blocks: Blocks,
    records: BTreeMap<String, String>,
}

impl Repository {
    /// A repository with a lexicon and some other records.
    pub fn with(nsid: &str, record: &Value) -> Self {
        let mut repository = Self::default();
        for number in 0..200 {
            let text = format!("com.example.note/{number}");
            repository.put(
                &text,
                &json!({ "$type": "com.example.note", "number": number }),
            );
        }
        repository.put(&format!("com.atproto.lexicon.schema/{nsid}"), record);
        repository
    }

    pub fn put(&mut self, key: &str, record: &Value) {
        let cid = self.block(record);
        self.records.insert(key.to_owned(), cid);
    }

    /// Adds a block, and returns its CID.
    pub fn block(&mut self, value: &Value) -> String {
        self.bytes(dag_cbor::write(value).unwrap())
    }

    pub fn bytes(&mut self, bytes: Vec<u8>) -> String {
        let cid = cid::of_block(&bytes);
        if self.blocks.iter().all(|(other, _)| *other != cid) {
            self.blocks.push((cid.clone(), bytes));
        }
        cid
    }

    /// Adds the tree, and returns the CID of its root.
    pub fn tree(&mut self) -> String {
        let records: Vec<_> = self.records.clone().into_iter().collect();
        let top = records.iter().map(|(key, _)| layer(key)).max();
        match top {
            Some(top) => self.node(&records, top).unwrap(),
            None => self.block(&json!({ "l": null, "e": [] })),
        }
    }

    fn node(&mut self, records: &[(String, String)], at: u32) -> Option<String> {
        if records.is_empty() {
            return None;
        }
        let mut parts = records.split(|(key, _)| layer(key) == at);
        let mut below = |repository: &mut Self| {
            let part = parts.next().unwrap();
            let cid = at.checked_sub(1).and_then(|at| repository.node(part, at));
            cid.as_deref().map(link)
        };
        let left = below(self);
        let mut before = "";
        let mut entries = Vec::new();
        for (key, record) in records.iter().filter(|(key, _)| layer(key) == at) {
            let shared = key.bytes().zip(before.bytes());
            let shared = shared.take_while(|(one, other)| one == other).count();
            let rest = Bytes(key.as_bytes()[shared..].to_vec());
            entries.push(entry(shared, &rest.0, record, below(self)));
            before = key;
        }
        Some(self.block(&json!({ "l": left, "e": entries })))
    }

    /// Adds a commit of a tree, and returns its CID.
    pub fn commit(&mut self, did: &str, tree: &str, key: &Key) -> String {
        self.commit_of(unsigned(did, tree), key)
    }

    /// Adds a signed commit with any members.
    pub fn commit_of(&mut self, mut commit: Value, key: &Key) -> String {
        let signature = key.sign(&dag_cbor::write(&commit).unwrap());
        commit["sig"] = json!(Bytes(signature.to_vec()));
        self.block(&commit)
    }
}

pub fn unsigned(did: &str, tree: &str) -> Value {
    json!({ "did": did, "version": 3, "data": link(tree), "rev": "3jzfcijpj2z2a", "prev": null })
}

pub fn entry(shared: usize, rest: &[u8], record: &str, right: Option<Value>) -> Value {
    json!({ "p": shared, "k": Bytes(rest.to_vec()), "v": link(record), "t": right })
}

/// The layer of a key: pairs of zero bits before its hash.
pub fn layer(key: &str) -> u32 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let first = u128::from_be_bytes(digest[..16].try_into().unwrap());
    first.leading_zeros() / 2
}

/// A CAR file with these roots.
pub fn car(roots: &[&str], blocks: &Blocks) -> Vec<u8> {
    let roots: Vec<_> = roots.iter().map(|root| link(root)).collect();
    with_header(&json!({ "roots": roots, "version": 1 }), blocks)
}

pub fn with_header(header: &Value, blocks: &Blocks) -> Vec<u8> {
    let mut file = section(&[&dag_cbor::write(header).unwrap()]);
    for (cid, bytes) in blocks {
        file.extend(section(&[&binary(cid), bytes]));
    }
    file
}

fn section(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut section = varint(content.len());
    section.extend(content);
    section
}

pub fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The bytes of a CID: those of its link, without the head of CBOR and the zero byte.
fn binary(cid: &str) -> Vec<u8> {
    let written = dag_cbor::write(&link(cid)).unwrap();
    written[5..].to_vec()
}
