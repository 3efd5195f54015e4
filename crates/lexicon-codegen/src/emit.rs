//! Writes the modules that the plan laid out.

mod checks;
mod compact;
mod definition;
mod docs;
mod emitter;
mod imports;
mod layout;
mod method;
mod object;
mod service;
mod tree;
mod types;
mod union;
mod way;

pub(crate) use layout::{file, files};
