// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! Types and checks of the lexicons, a module a document.
#![allow(clippy::all, clippy::pedantic, rustdoc::all)]
#![allow(dead_code, missing_docs, unreachable_pub, unused_imports)]
pub mod dev;
#[cfg(feature = "server")]
mod service;
#[cfg(feature = "server")]
pub use service::{Service, routes};
/// Every document, byte for byte.
pub static LEXICONS: &[lexicon_runtime::Lexicon] = &[
    self::dev::cocore::account::auth_keys::LEXICON,
    self::dev::cocore::account::create_api_key::LEXICON,
    self::dev::cocore::account::defs::LEXICON,
    self::dev::cocore::account::delete_api_key::LEXICON,
    self::dev::cocore::account::list_api_keys::LEXICON,
    self::dev::cocore::account::revoke_api_key::LEXICON,
    self::dev::cocore::apikey::auth_manage::LEXICON,
    self::dev::cocore::apikey::auth_read::LEXICON,
    self::dev::cocore::apikey::create_key::LEXICON,
    self::dev::cocore::apikey::defs::LEXICON,
    self::dev::cocore::apikey::delete_key::LEXICON,
    self::dev::cocore::apikey::get_key::LEXICON,
    self::dev::cocore::apikey::get_usage::LEXICON,
    self::dev::cocore::apikey::list_events::LEXICON,
    self::dev::cocore::apikey::list_keys::LEXICON,
    self::dev::cocore::apikey::revoke_key::LEXICON,
    self::dev::cocore::apikey::rotate_key::LEXICON,
    self::dev::cocore::apikey::set_limits::LEXICON,
    self::dev::cocore::apikey::update_key::LEXICON,
    self::dev::cocore::apikey::who_am_i::LEXICON,
    self::dev::cocore::inference::auth_call::LEXICON,
    self::dev::cocore::proxy::create_record::LEXICON,
    self::dev::cocore::proxy::delete_record::LEXICON,
    self::dev::cocore::proxy::get_service_auth::LEXICON,
    self::dev::cocore::proxy::put_record::LEXICON,
];
