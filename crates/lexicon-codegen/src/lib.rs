#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod build;
mod config;
mod emit;
mod existing;
mod external;
mod files;
mod generate;
mod generated_type;
mod names;
mod plan;
mod preamble;
mod rename;
mod rust_path;
pub mod settings;

pub use config::{Config, Entry, FILE_NAME};
pub use existing::ExistingModule;
pub use external::{External, ExternalError};
pub use files::Files;
pub use generate::{generate, generate_file, generate_valid, name_collisions};
pub use generated_type::{GeneratedType, generated_types};
pub use preamble::{PREAMBLE, is_generated};
pub use rename::Rename;
pub use rust_path::{RustPath, RustPathError};
pub use settings::{Settings, SettingsError};
