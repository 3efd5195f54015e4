//! Diesel storage for API keys on SQLite.
