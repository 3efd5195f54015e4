-- Browsers in which somebody is signed in. Only the SHA-256 of the cookie is kept.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    did TEXT NOT NULL,
    handle TEXT,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_account ON sessions (did, last_seen_at DESC);

-- Service-auth tokens that were accepted, by the SHA-256 of issuer and token id, until they end.
CREATE TABLE seen_tokens (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_tokens_by_end ON seen_tokens (expires_at);

-- What sign-in keeps: states of those that are under way, tokens of those that are done. Encrypted.
CREATE TABLE sealed (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
