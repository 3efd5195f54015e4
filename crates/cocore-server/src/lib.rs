//! The server: API keys for accounts of the AT Protocol, over XRPC.
//!
//! A request travels one way: `http::xrpc` -> `xrpc_server` (HTTP method, parameters) -> `authentication`
//! (credential) -> `xrpc_server` (body: bounded, decoded, checked) -> `api` (one file per method) -> the key
//! service.

pub mod allowed;
pub mod api;
pub mod arguments;
pub mod authentication;
pub mod browser;
pub mod command;
pub mod encrypted_store;
pub mod encryption_key;
mod errors;
pub mod failure;
pub mod http;
pub mod listen;
pub mod log;
pub mod login_link;
pub mod operator;
pub mod principal;
pub mod seen_tokens;
pub mod service_identity;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod state;

pub mod wiring;
