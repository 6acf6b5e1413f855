-- The shop: stores, staff, customers and what surrounds them.
-- Ids are text, times are microseconds UTC, money is minor units. The twin of this file is in
-- ../postgres; both must name the same tables and columns.

CREATE TABLE stores (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    hosts TEXT NOT NULL,
    default_currency TEXT NOT NULL,
    currencies TEXT NOT NULL,
    languages TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    price_mode TEXT NOT NULL,
    next_customer_number INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stores_default ON stores (is_default) WHERE is_default;

CREATE TABLE staff_users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    active INTEGER NOT NULL,
    linked_customer_id TEXT,
    locked_until INTEGER,
    locale TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_login_at INTEGER,
    last_ip TEXT,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE staff_roles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_owner INTEGER NOT NULL,
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE staff_role_members (
    staff_id TEXT NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES staff_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (staff_id, role_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    staff_id TEXT NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE TABLE customers (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    active INTEGER NOT NULL,
    email TEXT,
    email_norm TEXT,
    email_verified_at INTEGER,
    email_alt TEXT,
    phone TEXT,
    phone_alt TEXT,
    fax TEXT,
    title TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT,
    gender TEXT,
    date_of_birth TEXT,
    birth_month INTEGER,
    birth_day INTEGER,
    language TEXT,
    time_zone TEXT,
    vat_number TEXT,
    tax_exempt INTEGER NOT NULL,
    accepts_marketing INTEGER,
    admin_comment TEXT NOT NULL,
    external_ref TEXT,
    custom TEXT NOT NULL,
    default_billing_id TEXT,
    default_shipping_id TEXT,
    orders_count INTEGER NOT NULL,
    total_spent TEXT NOT NULL,
    first_purchase_at INTEGER,
    last_order_at INTEGER,
    created_at INTEGER NOT NULL,
    created_via TEXT NOT NULL,
    created_by TEXT,
    last_login_at INTEGER,
    last_activity_at INTEGER,
    last_ip TEXT,
    merged_into TEXT,
    deleted_at INTEGER,
    anonymized_at INTEGER,
    -- Last name, then first name, folded; null if there is neither.
    name_sort TEXT,
    -- Search keys: folded, and, where that makes a difference, without accents.
    name_fold TEXT NOT NULL,
    name_strip TEXT,
    email_fold TEXT NOT NULL,
    email_strip TEXT,
    company_fold TEXT NOT NULL,
    company_strip TEXT,
    phone_digits TEXT NOT NULL,
    -- All of these at once, without accents; and with accents, where that makes a difference.
    search TEXT NOT NULL,
    search_fold TEXT
) STRICT;
CREATE UNIQUE INDEX customers_number ON customers (store_id, number);
CREATE UNIQUE INDEX customers_email ON customers (store_id, email_norm)
    WHERE kind = 'registered' AND deleted_at IS NULL AND email_norm IS NOT NULL;
-- What lists are read by: the order asked for, over those that aren't deleted.
CREATE INDEX customers_by_seq ON customers (store_id, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_stage ON customers (store_id, stage, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_number ON customers (store_id, number, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_email ON customers (store_id, email_norm, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_name ON customers (store_id, name_sort, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_activity ON customers (store_id, last_activity_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_orders ON customers (store_id, orders_count, seq) WHERE deleted_at IS NULL;
-- What few can be found by.
CREATE INDEX customers_by_ip ON customers (store_id, last_ip) WHERE last_ip IS NOT NULL;
CREATE INDEX customers_by_birthday ON customers (store_id, birth_month, birth_day)
    WHERE birth_month IS NOT NULL;
CREATE INDEX customers_by_birth ON customers (store_id, date_of_birth) WHERE date_of_birth IS NOT NULL;

-- Which customers have a fragment in what they are searched by: of one, two or three characters,
-- written and looked up by the host, each a token of its own. The row's id is the customer's seq.
CREATE VIRTUAL TABLE customers_search USING fts5 (
    grams,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'ascii'
);
-- The same for the addresses of a customer.
CREATE VIRTUAL TABLE customers_places USING fts5 (
    grams,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'ascii'
);

-- What was paid, for the filter by it; `customers.total_spent` says the same.
CREATE TABLE customer_spending (
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (customer_id, currency)
) WITHOUT ROWID, STRICT;
CREATE INDEX customer_spending_by_amount ON customer_spending (currency, amount, customer_id);

CREATE TABLE addresses (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    version INTEGER NOT NULL,
    label TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT,
    line1 TEXT NOT NULL,
    line2 TEXT,
    city TEXT NOT NULL,
    county TEXT,
    region TEXT,
    region_code TEXT,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    phone TEXT,
    validated INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- Search keys: folded, and without accents.
    city_fold TEXT NOT NULL,
    city_strip TEXT NOT NULL,
    postal_key TEXT NOT NULL,
    place_fold TEXT NOT NULL,
    place_strip TEXT NOT NULL
) STRICT;
CREATE INDEX addresses_by_customer ON addresses (customer_id, seq);
CREATE INDEX addresses_by_postal ON addresses (store_id, postal_key, customer_id);
CREATE INDEX addresses_by_country ON addresses (store_id, country, customer_id);

CREATE TABLE credentials (
    customer_id TEXT NOT NULL PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    must_change INTEGER NOT NULL,
    -- The four hashes before, a JSON array, newest first.
    history TEXT NOT NULL
) STRICT;

CREATE TABLE staff_credentials (
    staff_id TEXT NOT NULL PRIMARY KEY REFERENCES staff_users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    must_change INTEGER NOT NULL,
    history TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    store_id TEXT REFERENCES stores (id),
    csrf_hash TEXT,
    -- How sure it is that it is them: `password`, `link`.
    assurance TEXT NOT NULL,
    -- The link to a checkout that it was begun with.
    link_id TEXT,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ip TEXT,
    user_agent TEXT
) STRICT;
CREATE INDEX sessions_by_subject ON sessions (kind, subject_id);
CREATE INDEX sessions_by_link ON sessions (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
    -- What is counted: `staff:HASH`, `customer:STORE:HASH`, `ip:ADDRESS`; the hash of an email.
    key TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failure_at INTEGER,
    window_start INTEGER,
    window_failures INTEGER NOT NULL,
    locked_until INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_log (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    on_behalf_of TEXT,
    plugin TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    store_id TEXT,
    reason TEXT,
    detail TEXT,
    before_hash TEXT,
    after_hash TEXT,
    ip TEXT,
    request_id TEXT,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_object ON audit_log (object, seq);
CREATE INDEX audit_log_by_actor ON audit_log (actor, seq);
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TABLE settings (
    -- `:host`, or a plugin's id.
    scope TEXT NOT NULL,
    -- Empty: for all stores that have none of their own.
    store_id TEXT NOT NULL,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (scope, store_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE facets (
    plugin TEXT NOT NULL,
    key TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    -- One of the two holds the value; flags are the numbers 0 and 1.
    text_value TEXT NOT NULL,
    number_value INTEGER NOT NULL,
    PRIMARY KEY (plugin, key, customer_id, text_value, number_value)
) WITHOUT ROWID, STRICT;
CREATE INDEX facets_by_value ON facets (plugin, key, text_value, number_value, customer_id);
CREATE INDEX facets_by_customer ON facets (customer_id);

CREATE TABLE plugin_artifacts (
    digest TEXT NOT NULL PRIMARY KEY,
    plugin TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    manifest TEXT NOT NULL,
    component BLOB NOT NULL,
    size INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_artifacts_by_plugin ON plugin_artifacts (plugin, uploaded_at);

CREATE TABLE installations (
    plugin TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL REFERENCES plugin_artifacts (digest),
    previous_digest TEXT REFERENCES plugin_artifacts (digest),
    -- A version that waits for consent to wider permissions.
    pending_digest TEXT REFERENCES plugin_artifacts (digest),
    state TEXT NOT NULL,
    -- Why it failed, if it did.
    failure TEXT,
    granted TEXT NOT NULL,
    grant_warm INTEGER NOT NULL,
    prepared_version TEXT,
    installed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- One row: grows whenever an installation changes, so that hosts see it by one cheap query.
CREATE TABLE installations_revision (
    singleton INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO installations_revision (singleton, revision) VALUES (1, 0);

-- The tables that were made for plugins' entities.
CREATE TABLE plugin_entities (
    plugin TEXT NOT NULL,
    entity TEXT NOT NULL,
    -- The plugin's number, which stands in the names of its tables.
    number INTEGER NOT NULL,
    table_name TEXT NOT NULL UNIQUE,
    -- What the table looks like, as JSON.
    layout TEXT NOT NULL,
    PRIMARY KEY (plugin, entity)
) WITHOUT ROWID, STRICT;

-- How much a plugin keeps in a store; kept by triggers on the plugin's tables.
CREATE TABLE plugin_usage (
    plugin TEXT NOT NULL,
    store_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    -- Which part of the sum: units that run at once count in different parts.
    slot INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (plugin, store_id, entity, slot)
) WITHOUT ROWID, STRICT;

CREATE TABLE idempotency_keys (
    -- Who sent it, and the key.
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) WITHOUT ROWID, STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE products (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    active INTEGER NOT NULL
) STRICT;

CREATE TABLE variants (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    product_id TEXT NOT NULL REFERENCES products (id),
    version INTEGER NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    -- One amount for each currency, as JSON.
    prices TEXT NOT NULL,
    tax_class TEXT NOT NULL,
    active INTEGER NOT NULL,
    in_stock INTEGER NOT NULL,
    -- Names and SKU, folded, without accents.
    search TEXT NOT NULL,
    UNIQUE (store_id, sku)
) STRICT;
CREATE INDEX variants_by_product ON variants (product_id);
