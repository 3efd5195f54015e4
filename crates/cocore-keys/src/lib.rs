//! API keys: format, digest, and the service that mints, checks, revokes and deletes them.
