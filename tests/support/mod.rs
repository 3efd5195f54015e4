//! A server of its own for each test, and a client that sends exactly what it is told.

mod client;
// Part of it is for the tests of other crates.
#[allow(dead_code)]
pub mod issuer;
pub mod network;
mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
mod server;
pub mod skip;

pub use client::{Answer, Call};
pub use place::{Place, SEALING_KEY};
pub use server::{Server, run};

/// An account to test with.
pub const ALICE: &str = "did:web:alice.example";
/// Another one.
pub const BOB: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

/// The path of an account method.
pub fn method(name: &str) -> String {
    format!("/xrpc/dev.cocore.account.{name}")
}
