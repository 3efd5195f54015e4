-- The OAuth sessions by which the record proxy writes at the hosts of accounts. The server encrypts their tokens.
-- A server that refreshes them leases the row: `refresher` and `refresh_until` say which one, and until when.
CREATE TABLE proxy_sessions (
    did TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tokens BYTEA NOT NULL,
    scope TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    refresher TEXT,
    refresh_until BIGINT
);
