//! The server: API keys for accounts of the AT Protocol.
