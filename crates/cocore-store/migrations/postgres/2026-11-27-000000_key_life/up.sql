-- A server of an earlier version, which knows no scopes, must not find the keys and the leases any more: the tables
-- have other names.
ALTER TABLE api_keys RENAME TO keys;
ALTER INDEX api_keys_pkey RENAME TO keys_pkey;
ALTER INDEX api_keys_hash_key RENAME TO keys_hash_key;
ALTER INDEX api_keys_by_account RENAME TO keys_by_account;
ALTER TABLE key_epoch RENAME TO lease_epoch;
ALTER TABLE key_changes RENAME TO lease_changes;
ALTER TABLE key_servers RENAME TO lease_servers;
ALTER TABLE lease_servers RENAME COLUMN stamp TO heartbeat;

ALTER TABLE keys
    -- A text is looked for in it in whatever case of ASCII letters alone, as on SQLite.
    ALTER COLUMN name TYPE TEXT COLLATE "C",
    -- Permissions with spaces between them. NULL: everything. A text that cannot be read grants nothing.
    ADD COLUMN scopes TEXT,
    -- Names of models with spaces between them. NULL: every model.
    ADD COLUMN models TEXT,
    ADD COLUMN note TEXT,
    -- The ids of the key that created this one, of the one that it replaces, and of the one that replaces it.
    ADD COLUMN parent TEXT COLLATE "C",
    ADD COLUMN replaces TEXT COLLATE "C",
    ADD COLUMN replaced_by TEXT COLLATE "C";

-- Which keys a cascade from a key reaches next: those that it created, and the one that it replaces. The rows of a
-- deleted key stay while one of its descendants exists.
CREATE TABLE key_lineage (
    did TEXT COLLATE "C" NOT NULL,
    ancestor TEXT COLLATE "C" NOT NULL,
    descendant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (did, ancestor, descendant)
);

CREATE INDEX key_lineage_by_descendant ON key_lineage (did, descendant, ancestor);

-- The audit trail.
CREATE TABLE key_events (
    number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    did TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    key_name TEXT,
    credential TEXT NOT NULL,
    by_key TEXT,
    address TEXT,
    user_agent TEXT,
    request_id TEXT
);

CREATE INDEX key_events_by_account ON key_events (did, number DESC);
CREATE INDEX key_events_by_key ON key_events (key_id, number DESC);

-- Answers to requests with an `Idempotency-Key`, each encrypted with that key, which is not stored.
CREATE TABLE key_answers (
    request BYTEA NOT NULL PRIMARY KEY CHECK (length(request) = 32),
    body BYTEA NOT NULL CHECK (length(body) = 32),
    sealed BYTEA NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX key_answers_by_key ON key_answers (key_id);
CREATE INDEX key_answers_by_end ON key_answers (expires_at);
