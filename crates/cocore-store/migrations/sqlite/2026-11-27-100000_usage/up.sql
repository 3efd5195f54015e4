-- Limits of the calls of models of a key and all that descend from it, or, with an empty `key_id`, of an account.
CREATE TABLE call_limits (
    did TEXT NOT NULL,
    key_id TEXT NOT NULL,
    -- The name of the budget, which stays when the key is replaced.
    budget TEXT NOT NULL,
    tokens_per_day INTEGER,
    tokens_per_month INTEGER,
    requests_per_minute INTEGER,
    -- Names of models with spaces between them. NULL: every model.
    models TEXT,
    PRIMARY KEY (did, key_id)
) STRICT, WITHOUT ROWID;

-- What servers have taken of a budget in a period, and what of that is spent.
CREATE TABLE call_budgets (
    budget TEXT NOT NULL,
    period TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    -- When a server last took or reported something.
    reported_at INTEGER NOT NULL,
    PRIMARY KEY (budget, period, starts_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_budgets_by_start ON call_budgets (starts_at);

-- What the calls of an hour have cost. An account without a key has an empty `key_id`.
CREATE TABLE call_usage (
    did TEXT NOT NULL,
    key_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    model TEXT NOT NULL,
    upstream TEXT NOT NULL,
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    PRIMARY KEY (did, key_id, hour, model, upstream)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_usage_by_account ON call_usage (did, hour);
CREATE INDEX call_usage_by_hour ON call_usage (hour);

-- The last report of each process, so that none is written twice.
CREATE TABLE call_reports (
    process TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
