#![doc = include_str!("../README.md")]
//!
//! Each command is a module with its `Arguments`, which `clap` reads from a command line and a
//! program sets by itself, and a function `run`. What a command finds goes to standard output, its
//! progress to standard error.
#![deny(missing_docs)]

pub mod breaking;
pub mod cid;
pub mod codegen;
mod command;
pub mod conformance;
mod error;
pub mod history;
pub mod json_schema;
pub mod lint;
mod load;
pub mod openapi;
mod outcome;
mod print;
mod project;
#[cfg(feature = "network")]
mod published;
mod replace;
mod report;
#[cfg(feature = "serve")]
pub mod serve;
mod severity;
pub mod validate;

pub use command::Command;
pub use error::Error;
pub use lexicon_schema::lint::Level;
pub use outcome::Outcome;
#[cfg(feature = "network")]
pub use published::{
    account::{AccountArguments, CredentialArguments},
    account_error::AccountError,
    add, check_dns, diff, install,
    network::{NetworkArguments, Source},
    pds_error::PdsError,
    publish, status, update,
};
pub use severity::{Selector, Severity};
