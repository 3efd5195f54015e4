//! A catalog of lexicons in, Rust source files out. It knows no framework, and touches no disk but
//! in [`build`], the entry for build scripts.
//!
//! Two steps, each of its own: `plan` gives every type its name and its module, `emit` writes the
//! modules, as one file each or as one file in all.
#![deny(missing_docs)]

pub mod build;
mod config;
mod emit;
mod external;
mod files;
mod generate;
mod generated_type;
mod names;
mod plan;
mod preamble;
mod rust_path;
pub mod settings;

pub use config::{Config, Entry, FILE_NAME};
pub use external::{External, ExternalError};
pub use files::Files;
pub use generate::{generate, generate_file};
pub use generated_type::{GeneratedType, generated_types};
pub use preamble::{PREAMBLE, is_generated};
pub use rust_path::{RustPath, RustPathError};
pub use settings::{Settings, SettingsError};
