#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod components;
mod definition;
mod json_schema;
mod literal;
mod openapi;
mod operation;
mod schema;
mod settings;
mod strings;
mod union;

pub use json_schema::json_schema;
pub use openapi::openapi;
pub use settings::Settings;
