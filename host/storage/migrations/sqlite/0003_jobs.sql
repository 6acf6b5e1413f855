-- Long work of plugins, in slices, and when it is due again and again.

CREATE TABLE jobs (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    plugin TEXT NOT NULL,
    name TEXT NOT NULL,
    input TEXT NOT NULL,
    -- Where the next slice goes on, as JSON.
    cursor TEXT,
    progress_done INTEGER NOT NULL,
    progress_total INTEGER,
    progress_text TEXT,
    -- What came of it, as JSON.
    result TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    -- Grows with each lease and each end of one: whoever holds an older one has lost the job.
    fence INTEGER NOT NULL,
    -- When a host may take it: its time, or the end of a lease. Null once it is over.
    due_at INTEGER,
    last_error TEXT,
    unique_key TEXT,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX jobs_by_due ON jobs (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_by_plugin ON jobs (plugin, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_by_store ON jobs (store_id, seq);
CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_key ON jobs (plugin, store_id, unique_key)
    WHERE unique_key IS NOT NULL AND due_at IS NOT NULL;

CREATE TABLE cron (
    plugin TEXT NOT NULL,
    name TEXT NOT NULL,
    store_id TEXT NOT NULL REFERENCES stores (id),
    expression TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    PRIMARY KEY (plugin, name, store_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX cron_by_next ON cron (next_at);
