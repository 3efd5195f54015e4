//! Signatures of service-auth tokens: which are accepted, and tokens that are signed with what is public.
//! Row 16 of the list of attacks.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use cocore_identity::Limits;
use common::issuer::{Key, encoded};
use common::{ALICE, World, claims};
use ring::hmac;
use serde_json::json;

#[tokio::test]
async fn only_raw_low_s_signatures_are_accepted() {
    let world = World::new(Limits::default());
    let p256 = "did:plc:p256aaaaaaaaaaaaaaaaaaaa";
    world.directory.put(p256, Key::p256(3).document(p256));
    for (did, key, order) in [
        (ALICE, Key::secp256k1(1), secp256k1_order()),
        (p256, Key::p256(3), p256_order()),
    ] {
        let good = key.token(json!({}), claims(json!({ "iss": did })));
        assert_eq!(world.verify(&good).await, Ok(did.to_owned()));
        let (message, signature) = good.rsplit_once('.').unwrap();
        let raw = key.sign(message.as_bytes());
        let mut high = raw;
        high[32..].copy_from_slice(&subtract(&order, &raw[32..]));
        let mut other = raw;
        other[3] ^= 1;
        for (name, signature) in [
            ("high s", encoded(&high)),
            ("truncated", encoded(&raw[..63])),
            ("longer", encoded(&[&raw[..], &[0]].concat())),
            (
                "der",
                encoded(&[&[0x30, 0x44, 2, 0x20], &raw[..32], &[2, 0x20], &raw[32..]].concat()),
            ),
            ("changed", encoded(&other)),
            ("zeros", encoded(&[0; 64])),
            ("none", String::new()),
            ("padded", format!("{signature}==")),
        ] {
            let token = format!("{message}.{signature}");
            assert_eq!(world.verify(&token).await, Err("BadJwtSignature"), "{name}");
        }
    }
    let other = Key::secp256k1(2).token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&other).await, Err("BadJwtSignature"));
}

/// A verifier that takes the public key for a secret would accept these.
#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let world = World::new(Limits::default());
    let document = Key::secp256k1(1).document(ALICE);
    let text = document["verificationMethod"][0]["publicKeyMultibase"].as_str();
    let text = text.unwrap();
    let bytes = bs58::decode(&text[1..]).into_vec().unwrap();
    let claims = encoded(claims(json!({})).to_string().as_bytes());
    for algorithm in ["HS256", "hs256", "none", "None", "ES256K"] {
        let header = encoded(json!({ "alg": algorithm }).to_string().as_bytes());
        let message = format!("{header}.{claims}");
        let mut signatures = vec![String::new()];
        for secret in [
            text.as_bytes(),
            &text.as_bytes()[1..],
            &bytes,
            &bytes[2..],
            b"",
        ] {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let tag = hmac::sign(&secret, message.as_bytes());
            signatures.push(encoded(tag.as_ref()));
            // As long as a real one.
            signatures.push(encoded(&tag.as_ref().repeat(2)));
        }
        for signature in signatures {
            let found = world.verify(&format!("{message}.{signature}")).await;
            let expected = match algorithm {
                "ES256K" => "BadJwtSignature",
                _ => "BadJwt",
            };
            assert_eq!(found, Err(expected), "{algorithm} {signature}");
        }
    }
}

fn subtract(from: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let value = i16::from(from[index]) - i16::from(what[index]) - borrow;
        borrow = i16::from(value < 0);
        difference[index] = u8::try_from(value + 256 * borrow).unwrap();
    }
    difference
}

fn secp256k1_order() -> [u8; 32] {
    hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
}

fn p256_order() -> [u8; 32] {
    hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
}

fn hex(text: &str) -> [u8; 32] {
    let byte = |index: usize| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap();
    std::array::from_fn(byte)
}
