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
mod paths;
mod prose;
mod service;
mod source;
mod table;
mod tree;
mod types;
mod union;

pub(crate) use layout::{file, files};
