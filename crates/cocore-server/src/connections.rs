//! The connections of clients: every byte has a deadline and a bound, before any credential was shown.
//!
//! Actix parses HTTP and runs the application. It bounds neither how long a request may take to arrive nor
//! how long an answer may wait for its client, and it accepts connections until there are no descriptors.
//! This module serves each connection to actix as a `stream`, which follows the requests on it
//! (`framing`) and closes it when a limit of [`limits`] is passed. The [`registry`] closes connections when
//! there are too many of them.

pub mod descriptors;
mod framing;
pub mod heartbeats;
pub mod limits;
pub mod listener;
pub mod registry;
mod rejections;
pub mod server;
mod stream;
