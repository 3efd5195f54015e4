//! A server of its own for each test, and a client that sends exactly what it is told.

// Some of it is for one kind of database alone.
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
mod client;
#[cfg(target_os = "linux")]
pub mod disk;
// Part of it is for the tests of other crates.
#[allow(dead_code)]
pub mod issuer;
pub mod network;
mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod proxy;
mod server;
pub mod skip;

#[cfg(feature = "postgres")]
pub use client::Kept;
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
