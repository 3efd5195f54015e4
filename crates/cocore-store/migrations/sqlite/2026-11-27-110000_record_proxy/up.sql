-- The OAuth sessions by which the record proxy writes at the hosts of accounts. The server encrypts their tokens.
-- A server that refreshes them leases the row: `refresher` and `refresh_until` say which one, and until when.
CREATE TABLE proxy_sessions (
    did TEXT NOT NULL PRIMARY KEY,
    tokens BLOB NOT NULL,
    scope TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    refresher TEXT,
    refresh_until INTEGER
) STRICT, WITHOUT ROWID;
