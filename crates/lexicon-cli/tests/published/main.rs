//! The commands that resolve and publish lexicons, from outside: with servers that are made up, and with a real
//! personal data server.
#![allow(clippy::unwrap_used, unreachable_pub, dead_code, missing_docs)]

mod credentials;
mod folder;
mod locked;
mod page;
mod pins;
mod publishing;
mod real_server;
#[cfg(feature = "serve")]
mod served;
mod world;

#[path = "../../../../tests/support/dns.rs"]
mod dns;
#[path = "../../../../tests/support/issuer.rs"]
mod issuer;
#[path = "../../../../tests/support/network.rs"]
mod network;
#[path = "../../../lexicon-resolver/tests/common/repository.rs"]
mod repository;
#[path = "../../../lexicon-resolver/tests/common/server.rs"]
mod server;
#[path = "../../../../tests/support/skip.rs"]
mod skip;
