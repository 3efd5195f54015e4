//! The server: API keys for accounts of the AT Protocol, over XRPC.
//!
//! A call of a method passes through `xrpc-server` (verb, parameters), [`authentication`] (the credential
//! becomes a [`principal::Principal`]), `xrpc-server` again (body) and [`api`] (one file per method), to the
//! key service. [`wiring`] builds all of it from the [`settings`].

mod account_keys;
pub mod account_limit;
mod aead;
pub mod allowed;
pub mod api;
pub mod arguments;
pub mod authentication;
pub mod body_budget;
pub mod browser;
pub mod clock;
pub mod command;
pub mod connections;
pub mod encrypted_store;
pub mod encryption_key;
mod errors;
#[cfg(feature = "resolve-external")]
pub mod external_lexicons;
pub mod failure;
pub mod http;
pub mod idempotency;
pub mod import;
pub mod inference;
pub mod lexicon_site;
pub mod listen;
pub mod log;
pub mod login_link;
pub mod operator;
mod per_account;
mod permission_sets;
pub mod principal;
pub mod proxy_sessions;
pub mod proxy_settings;
pub mod rate_limits;
pub mod readiness;
pub mod record_proxy;
pub mod seen_tokens;
pub mod service_identity;
pub mod sessions;
pub mod settings;
mod settings_text;
pub mod sign_in;
pub mod state;
pub mod telemetry;
mod unix_socket;
pub mod wiring;
