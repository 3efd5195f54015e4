//! A server for each test, and a client that sends exactly the bytes that a test gives it.

mod client;
#[cfg(target_os = "linux")]
pub mod disk;
// Tests of other crates use the rest.
#[allow(dead_code)]
pub mod issuer;
pub mod metrics;
pub mod mount;
pub mod network;
pub mod older_store;
pub mod operator;
pub mod pds;
mod place;
pub mod pooler;
pub mod postgres;
pub mod proxy;
pub mod reverse_proxy;
mod server;
pub mod skip;
pub mod sqlite;
pub mod upstream;
mod wait;

pub use client::{Answer, Call, Connection};
pub use place::{ENCRYPTION_KEY, Place};
pub use server::{Server, program, program_after, program_at, run, wait};
pub use wait::wait_until;

use serde_json::Value;

/// An account to test with.
pub const ALICE: &str = "did:web:alice.example";
/// Another account.
pub const BOB: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

/// The path of an account method.
pub fn method(name: &str) -> String {
    format!("/xrpc/dev.cocore.account.{name}")
}

/// The path of a method of keys.
pub fn key_method(name: &str) -> String {
    format!("/xrpc/dev.cocore.apikey.{name}")
}

/// The id and the secret of a key, in the answer of a method that created it.
pub fn id_and_secret(created: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&created["key"]["id"]), text(&created["secret"]))
}
