//! What the tests of this crate share.
#![allow(dead_code)]

pub mod repository;
pub mod server;
pub mod world;

#[path = "../../../../tests/support/dns.rs"]
pub mod dns;
#[path = "../../../../tests/support/issuer.rs"]
pub mod issuer;

use atproto_resolver::{Did, DidDocument, PublicKey};
use issuer::Key;

pub const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";
pub const BOB: &str = "did:plc:bobaaaaaaaaaaaaaaaaaaaaa";

pub fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}

/// The public key, as the DID document states it.
pub fn public_key(key: &Key) -> PublicKey {
    let document = key.document(ALICE).to_string();
    let document = DidDocument::parse(&did(ALICE), document.as_bytes()).unwrap();
    PublicKey::from_verification_key(document.signing_key().unwrap()).unwrap()
}
