-- Trade: taxes, shipping, visits, carts, orders, links to a checkout, impersonations.
-- Ids are text, times are microseconds UTC, money is minor units. The twin of this file is in
-- ../postgres; both must name the same tables and columns.

CREATE TABLE tax_rates (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    tax_class TEXT NOT NULL,
    country TEXT NOT NULL,
    -- Empty for the whole country.
    region_code TEXT NOT NULL,
    name TEXT NOT NULL,
    rate INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tax_rates_by_place ON tax_rates (store_id, tax_class, country, region_code);

CREATE TABLE shipping_methods (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    -- The method as JSON; what is above says the same where it does.
    document TEXT NOT NULL
) STRICT;
CREATE INDEX shipping_methods_by_store ON shipping_methods (store_id, id);

-- Visitors who began something: a cart, or a chat.
CREATE TABLE visits (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX visits_by_expiry ON visits (expires_at);

CREATE TABLE carts (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    -- `customer:…` or `visitor:…`.
    owner TEXT NOT NULL,
    is_current INTEGER NOT NULL,
    email_norm TEXT,
    currency TEXT NOT NULL,
    total INTEGER NOT NULL,
    country TEXT,
    agent_id TEXT,
    abandoned_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- The cart as JSON; what is above says the same where it does.
    document TEXT NOT NULL
) STRICT;
-- Of the open carts of an owner in a store, one is the current one (I2).
CREATE UNIQUE INDEX carts_current ON carts (store_id, owner) WHERE status = 'open' AND is_current;
CREATE INDEX carts_by_owner ON carts (store_id, owner, seq);
CREATE INDEX carts_by_status ON carts (store_id, status, updated_at, seq);
CREATE INDEX carts_by_agent ON carts (store_id, agent_id, status, updated_at, seq)
    WHERE agent_id IS NOT NULL;
CREATE INDEX carts_by_email ON carts (store_id, email_norm, status) WHERE email_norm IS NOT NULL;
CREATE INDEX carts_by_total ON carts (store_id, status, currency, total, seq);
CREATE INDEX carts_by_country ON carts (store_id, country, status, updated_at, seq)
    WHERE country IS NOT NULL;
CREATE INDEX carts_abandoned ON carts (store_id, status, abandoned_at, seq)
    WHERE abandoned_at IS NOT NULL;
-- What ageing looks through.
CREATE INDEX carts_open_by_age ON carts (updated_at, seq, abandoned_at) WHERE status = 'open';

-- Which variants are in open carts.
CREATE TABLE cart_variants (
    variant_id TEXT NOT NULL,
    cart_seq INTEGER NOT NULL REFERENCES carts (seq) ON DELETE CASCADE,
    PRIMARY KEY (variant_id, cart_seq)
) WITHOUT ROWID, STRICT;
CREATE INDEX cart_variants_by_cart ON cart_variants (cart_seq);

CREATE TABLE orders (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    customer_id TEXT,
    email_norm TEXT,
    -- A cart leads to one order at most (I4).
    cart_id TEXT NOT NULL UNIQUE REFERENCES carts (id),
    agent_id TEXT,
    currency TEXT NOT NULL,
    total INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    -- What was ordered, as JSON: never changes (I12).
    snapshot TEXT NOT NULL,
    -- What became of it, as JSON: status, payments, refunds.
    progress TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_store ON orders (store_id, number);
CREATE INDEX orders_by_customer ON orders (store_id, customer_id, number) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_email ON orders (store_id, email_norm, number) WHERE email_norm IS NOT NULL;
CREATE INDEX orders_by_status ON orders (store_id, status, number);
CREATE INDEX orders_by_agent ON orders (store_id, agent_id, number) WHERE agent_id IS NOT NULL;

CREATE TABLE checkout_links (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    -- SHA-256 of the token in hexadecimal; the token itself is nowhere.
    token_hash TEXT NOT NULL UNIQUE,
    -- Of a second token, which went out by mail; made when the mail did.
    mailed_hash TEXT UNIQUE,
    cart_id TEXT NOT NULL REFERENCES carts (id),
    customer_id TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Whether it was called back, or told that it is too old.
    is_over INTEGER NOT NULL,
    -- The link as JSON; what is above says the same where it does.
    document TEXT NOT NULL
) STRICT;
CREATE INDEX checkout_links_by_cart ON checkout_links (cart_id, created_at);
CREATE INDEX checkout_links_by_end ON checkout_links (expires_at) WHERE NOT is_over;
CREATE INDEX checkout_links_by_customer ON checkout_links (customer_id) WHERE customer_id IS NOT NULL;

CREATE TABLE impersonations (
    id TEXT NOT NULL PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES stores (id),
    staff_id TEXT NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
    -- The login that it hangs on.
    session_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    token_hash TEXT UNIQUE,
    -- Of the code that is exchanged for the token in a new tab, once.
    handover_hash TEXT UNIQUE,
    handover_expires_at INTEGER,
    started_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    request_count INTEGER NOT NULL,
    -- The impersonation as JSON; what is above says the same where it does.
    document TEXT NOT NULL
) STRICT;
-- One at a time for each member of the staff in a store.
CREATE UNIQUE INDEX impersonations_running ON impersonations (store_id, staff_id)
    WHERE ended_at IS NULL;
CREATE INDEX impersonations_by_customer ON impersonations (store_id, customer_id, started_at);
