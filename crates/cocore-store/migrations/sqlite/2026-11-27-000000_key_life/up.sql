-- A server of an earlier version, which knows no scopes, must not find the keys any more: the table has another name.
ALTER TABLE api_keys RENAME TO keys;
DROP INDEX api_keys_by_account;
-- In the order of the list of an account's keys.
CREATE INDEX keys_by_account ON keys (did, created_at DESC, id DESC);

-- Permissions with spaces between them. NULL: everything. A text that cannot be read grants nothing.
ALTER TABLE keys ADD COLUMN scopes TEXT;
-- Names of models with spaces between them. NULL: every model.
ALTER TABLE keys ADD COLUMN models TEXT;
ALTER TABLE keys ADD COLUMN note TEXT;
-- The ids of the key that created this one, of the one that it replaces, and of the one that replaces it.
ALTER TABLE keys ADD COLUMN parent TEXT;
ALTER TABLE keys ADD COLUMN replaces TEXT;
ALTER TABLE keys ADD COLUMN replaced_by TEXT;

-- Which keys a cascade from a key reaches next: those that it created, and the one that it replaces. The rows of a
-- deleted key stay while one of its descendants exists.
CREATE TABLE key_lineage (
    did TEXT NOT NULL,
    ancestor TEXT NOT NULL,
    descendant TEXT NOT NULL,
    PRIMARY KEY (did, ancestor, descendant)
) STRICT, WITHOUT ROWID;

CREATE INDEX key_lineage_by_descendant ON key_lineage (did, descendant, ancestor);

-- The audit trail.
CREATE TABLE key_events (
    number INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    did TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key_name TEXT,
    credential TEXT NOT NULL,
    by_key TEXT,
    address TEXT,
    user_agent TEXT,
    request_id TEXT
) STRICT;

CREATE INDEX key_events_by_account ON key_events (did, number DESC);
CREATE INDEX key_events_by_key ON key_events (key_id, number DESC);

-- Answers to requests with an `Idempotency-Key`, each encrypted with that key, which is not stored.
CREATE TABLE key_answers (
    request BLOB NOT NULL PRIMARY KEY CHECK (length(request) = 32),
    body BLOB NOT NULL CHECK (length(body) = 32),
    sealed BLOB NOT NULL,
    key_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX key_answers_by_key ON key_answers (key_id);
CREATE INDEX key_answers_by_end ON key_answers (expires_at);
