-- Times are milliseconds since the Unix epoch, UTC: one comparison tells which is earlier, nothing
-- has to be parsed, and every backend has the type.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    did TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

-- In the order of the list of an account's keys.
CREATE INDEX api_keys_by_account ON api_keys (did, created_at DESC, id DESC);
