//! Lexicons as they are published: pins of those of others, and publishing one's own.

pub(crate) mod account;
pub(crate) mod account_error;
pub mod add;
pub mod check_dns;
pub(crate) mod comparison;
pub mod diff;
pub mod install;
pub(crate) mod local;
pub(crate) mod lock;
pub(crate) mod network;
pub(crate) mod pds;
pub(crate) mod pds_error;
pub(crate) mod pinning;
pub(crate) mod pretty;
pub mod publish;
pub(crate) mod references;
pub mod status;
pub mod update;
