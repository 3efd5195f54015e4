//! The server: API keys for accounts of the AT Protocol, over XRPC.
//!
//! A request travels one way: `http::xrpc` (verb, parameters) -> `door` (who calls) ->
//! `http::body` (bounded, decoded, checked) -> `api` (one file a method) -> the key service.

pub mod api;
pub mod arguments;
pub mod command;
pub mod door;
pub mod http;
pub mod identity;
pub mod local_link;
pub mod log;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod vault;
