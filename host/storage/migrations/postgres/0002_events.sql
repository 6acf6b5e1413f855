-- What has happened, and who has been told: the outbox, and where each consumer stands in it.
-- The twin of this file is in ../sqlite; both must name the same tables and columns.

CREATE TABLE events (
    -- The order of the log is (turn, seq); see ../../src/events.rs.
    turn BIGINT NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    store_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    schema_version BIGINT NOT NULL,
    aggregate TEXT COLLATE "C" NOT NULL,
    aggregate_version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    on_behalf_of TEXT COLLATE "C",
    correlation_id TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (turn, seq)
);
CREATE INDEX events_by_aggregate ON events (aggregate, turn, seq);

-- One row: what is added to the server's transaction numbers to make turns.
CREATE TABLE event_epoch (
    shift BIGINT NOT NULL
);
INSERT INTO event_epoch (shift) VALUES (0);

-- One row: up to where the log was forgotten.
CREATE TABLE event_pruned (
    turn BIGINT NOT NULL,
    seq BIGINT NOT NULL
);
INSERT INTO event_pruned (turn, seq) VALUES (0, 0);

CREATE TABLE event_cursors (
    -- A plugin's id, or a webhook's; they can't be mistaken for one another.
    consumer TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The last event that it is done with.
    turn BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    -- Until then one host is at work on what comes next, outside of any unit.
    leased_until BIGINT NOT NULL
);

CREATE TABLE event_parked (
    consumer TEXT COLLATE "C" NOT NULL,
    turn BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    aggregate TEXT COLLATE "C" NOT NULL,
    -- `retrying`, `waiting` behind another of the same aggregate, or `dead`.
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    last_error TEXT COLLATE "C" NOT NULL,
    -- The consumer's version when it last failed.
    consumer_version TEXT COLLATE "C" NOT NULL,
    parked_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, turn, seq)
);
CREATE UNIQUE INDEX event_parked_by_event ON event_parked (consumer, event_id);
CREATE INDEX event_parked_by_position ON event_parked (turn, seq);
CREATE INDEX event_parked_by_aggregate ON event_parked (consumer, aggregate, turn, seq);
CREATE INDEX event_parked_due ON event_parked (state, consumer, next_at);

CREATE TABLE webhooks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores (id),
    url TEXT COLLATE "C" NOT NULL,
    -- Names of kinds, as a JSON list; empty: all.
    kinds TEXT COLLATE "C" NOT NULL,
    -- The key of the signatures itself: a hash could not sign.
    secret TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX webhooks_by_store ON webhooks (store_id, id);

CREATE TABLE webhook_deliveries (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status BIGINT,
    error TEXT COLLATE "C"
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (at);
