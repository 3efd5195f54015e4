-- Times are milliseconds since the Unix epoch, UTC, as on SQLite. Ids and DIDs are compared byte by
-- byte, whatever the language of the database.
CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    did TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);

-- In the order of the list of an account's keys.
CREATE INDEX api_keys_by_account ON api_keys (did, created_at DESC, id DESC);

-- Browsers in which somebody is signed in. Only the SHA-256 of the cookie is kept.
CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE CHECK (length(hash) = 32),
    did TEXT COLLATE "C" NOT NULL,
    handle TEXT,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_account ON sessions (did, last_seen_at DESC);

-- Service-auth tokens that were accepted, by the SHA-256 of issuer and token id, until they end.
CREATE TABLE seen_tokens (
    hash BYTEA NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX seen_tokens_by_end ON seen_tokens (expires_at);

-- What sign-in keeps: states of those that are under way, tokens of those that are done. Encrypted.
CREATE TABLE sealed (
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (kind, name)
);

-- How several servers agree: see docs/several-nodes.md.

-- The number of the last change of keys. It is one row, so that its lock puts the transactions that
-- write into one order: a number that is committed later is a higher one.
CREATE TABLE key_epoch (
    is_one BOOLEAN NOT NULL PRIMARY KEY DEFAULT true CHECK (is_one),
    value BIGINT NOT NULL
);

INSERT INTO key_epoch (value) VALUES (0);

-- Which keys each epoch changed. An epoch without a row is one after which all keys are to be read.
CREATE TABLE key_changes (
    epoch BIGINT NOT NULL PRIMARY KEY,
    hashes BYTEA[] NOT NULL
);

-- The servers that may answer from memory.
CREATE TABLE key_servers (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    stamp BIGINT NOT NULL,
    acknowledged BIGINT NOT NULL
) WITH (fillfactor = 50);
