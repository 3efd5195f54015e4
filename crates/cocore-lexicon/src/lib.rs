//! Rust types, checks and the service trait of the dev.cocore lexicons.
