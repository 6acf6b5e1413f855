-- What has happened, and who has been told: the outbox, and where each consumer stands in it.
-- The twin of this file is in ../postgres; both must name the same tables and columns.

CREATE TABLE events (
    -- The order of the log is (turn, seq); see ../../src/events.rs.
    turn INTEGER NOT NULL,
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    aggregate TEXT NOT NULL,
    aggregate_version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    on_behalf_of TEXT,
    correlation_id TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_in_order ON events (turn, seq);
CREATE INDEX events_by_aggregate ON events (aggregate, turn, seq);

-- One row: what is added to the server's transaction numbers to make turns.
CREATE TABLE event_epoch (
    shift INTEGER NOT NULL
) STRICT;
INSERT INTO event_epoch (shift) VALUES (0);

-- One row: up to where the log was forgotten.
CREATE TABLE event_pruned (
    turn INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO event_pruned (turn, seq) VALUES (0, 0);

CREATE TABLE event_cursors (
    -- A plugin's id, or a webhook's; they can't be mistaken for one another.
    consumer TEXT NOT NULL PRIMARY KEY,
    -- The last event that it is done with.
    turn INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- Until then one host is at work on what comes next, outside of any unit.
    leased_until INTEGER NOT NULL
) STRICT;

CREATE TABLE event_parked (
    consumer TEXT NOT NULL,
    turn INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    -- `retrying`, `waiting` behind another of the same aggregate, or `dead`.
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    -- The consumer's version when it last failed.
    consumer_version TEXT NOT NULL,
    parked_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, turn, seq)
) STRICT;
CREATE UNIQUE INDEX event_parked_by_event ON event_parked (consumer, event_id);
CREATE INDEX event_parked_by_position ON event_parked (turn, seq);
CREATE INDEX event_parked_by_aggregate ON event_parked (consumer, aggregate, turn, seq);
CREATE INDEX event_parked_due ON event_parked (state, consumer, next_at);

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    url TEXT NOT NULL,
    -- Names of kinds, as a JSON list; empty: all.
    kinds TEXT NOT NULL,
    -- The key of the signatures itself: a hash could not sign.
    secret TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_store ON webhooks (store_id, id);

CREATE TABLE webhook_deliveries (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    error TEXT
) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (at);
