-- Limits of the calls of models of a key and all that descend from it, or, with an empty `key_id`, of an account.
CREATE TABLE call_limits (
    did TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    -- The name of the budget, which stays when the key is replaced.
    budget TEXT COLLATE "C" NOT NULL,
    tokens_per_day BIGINT,
    tokens_per_month BIGINT,
    requests_per_minute BIGINT,
    -- Names of models with spaces between them. NULL: every model.
    models TEXT,
    PRIMARY KEY (did, key_id)
);

-- What servers have taken of a budget in a period, and what of that is spent.
CREATE TABLE call_budgets (
    budget TEXT COLLATE "C" NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    -- When a server last took or reported something.
    reported_at BIGINT NOT NULL,
    PRIMARY KEY (budget, period, starts_at)
);

CREATE INDEX call_budgets_by_start ON call_budgets (starts_at);

-- What the calls of an hour have cost. An account without a key has an empty `key_id`.
CREATE TABLE call_usage (
    did TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    upstream TEXT COLLATE "C" NOT NULL,
    calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    input BIGINT NOT NULL,
    output BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    PRIMARY KEY (did, key_id, hour, model, upstream)
);

CREATE INDEX call_usage_by_account ON call_usage (did, hour);
CREATE INDEX call_usage_by_hour ON call_usage (hour);

-- The last report of each process, so that none is written twice.
CREATE TABLE call_reports (
    process TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL
);
