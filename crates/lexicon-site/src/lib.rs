#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod answer;
mod assets;
mod check;
mod choice;
mod describe;
mod external;
mod fields;
mod graph;
mod included;
mod json_text;
mod library;
mod links;
mod marked;
mod pages;
mod permission;
mod place;
mod plain;
mod programs;
mod rust_names;
mod settings;
mod site;
mod skeleton;
mod tab;
mod try_it;
mod views;
mod words;

pub use assets::CONTENT_SECURITY_POLICY;
pub use external::ResolveLexicon;
pub use settings::Settings;
pub use site::Site;
