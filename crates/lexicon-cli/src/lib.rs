#![doc = include_str!("../README.md")]
//!
//! Each command is a module with its `Arguments`, which `clap` reads from a command line and a
//! program sets by itself, and a function `run`. What a command finds goes to standard output, its
//! progress to standard error.
#![deny(missing_docs)]

#[cfg(feature = "network")]
mod account;
#[cfg(feature = "network")]
mod account_error;
#[cfg(feature = "network")]
pub mod add;
pub mod breaking;
#[cfg(feature = "network")]
pub mod check_dns;
pub mod cid;
pub mod codegen;
mod command;
#[cfg(feature = "network")]
mod comparison;
pub mod conformance;
#[cfg(feature = "network")]
pub mod diff;
mod error;
#[cfg(feature = "network")]
pub mod install;
pub mod json_schema;
pub mod lint;
mod load;
#[cfg(feature = "network")]
mod local;
#[cfg(feature = "network")]
mod lock;
#[cfg(feature = "network")]
mod network;
pub mod openapi;
mod outcome;
#[cfg(feature = "network")]
mod pds;
#[cfg(feature = "network")]
mod pds_error;
#[cfg(feature = "network")]
mod pinning;
#[cfg(feature = "network")]
mod pretty;
mod print;
mod project;
#[cfg(feature = "network")]
pub mod publish;
#[cfg(feature = "network")]
mod references;
#[cfg(feature = "network")]
mod replace;
mod report;
mod severity;
#[cfg(feature = "network")]
pub mod status;
#[cfg(feature = "network")]
pub mod update;
pub mod validate;

pub use command::Command;
pub use error::Error;
pub use lexicon_schema::lint::Level;
pub use outcome::Outcome;
pub use severity::{Selector, Severity};
#[cfg(feature = "network")]
pub use {
    account::{AccountArguments, CredentialArguments},
    account_error::AccountError,
    network::{NetworkArguments, Source},
    pds_error::PdsError,
};
