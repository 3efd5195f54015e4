-- One-time links that sign in to the console. Only the SHA-256 of a link's token is kept.
CREATE TABLE login_links (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    did TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
