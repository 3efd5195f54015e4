#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod breaking;
pub mod catalog;
pub mod cid;
mod data_flow;
pub mod diagnostic;
mod directory;
pub mod history;
pub mod json;
pub mod lint;
pub mod loaded;
pub mod model;
mod parse;
pub mod pattern;
mod permission;
mod references;
pub mod sample;
pub mod validate;
mod walk;

pub use catalog::{Catalog, DefRef};
pub use diagnostic::{Diagnostic, Pointer};
pub use directory::files;
pub use loaded::Loaded;
pub use model::Document;
