// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! Types and checks of the lexicons, a module a document.
#![allow(clippy::all, clippy::pedantic, rustdoc::all)]
#![allow(dead_code, missing_docs, unreachable_pub, unused_imports)]
pub mod com;
mod service;
pub use service::{Service, routes};
/// Every document, byte for byte.
pub static LEXICONS: &[lexicon_runtime::Lexicon] = &[
    self::com::example::weather::defs::LEXICON,
    self::com::example::weather::delete_report::LEXICON,
    self::com::example::weather::get_forecast::LEXICON,
    self::com::example::weather::put_report::LEXICON,
    self::com::example::weather::upload_photo::LEXICON,
    self::com::example::weather::watch_reports::LEXICON,
];
