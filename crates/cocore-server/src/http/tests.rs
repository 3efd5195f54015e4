//! The application in process: cases in which time has to pass, and pages.

mod browser;
mod connections;
mod console;
mod console_keys;
mod console_pages;
mod console_usage;
#[cfg(feature = "resolve-external")]
mod external_lexicons;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../../tests/support/issuer.rs"]
mod issuer;
mod keys;
mod readiness;
mod security_txt;
mod seen_tokens;
mod sessions;
mod world;
