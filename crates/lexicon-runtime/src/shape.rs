//! Types as generated code declares them: an object by a table of its members, a union by one of its variants.
//! Each table is the type, its check, and how it is read and written.
//!
//! Reading begins with a tree, whatever the format is, and so is compiled once for each type. Deriving it with
//! serde took most of the time in which generated code was compiled.

mod error;
mod errors;
mod from_node;
mod newtype;
mod object;
mod read;
mod union;
mod write;

pub use error::ShapeError;
pub use from_node::{FromNode, deserialize};
pub use read::{Fields, variant};
pub use write::{Object, Writer, serialize, serialize_variant};
