-- Mails that are to be sent or were, and what proves that an email is somebody's.

CREATE TABLE mails (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES stores (id),
    customer_id TEXT REFERENCES customers (id) ON DELETE CASCADE,
    -- The plugin that wrote it.
    plugin TEXT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT,
    template TEXT NOT NULL,
    -- The proof that goes out with it, whose secret is made when it does.
    proof_id TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
) STRICT;
CREATE INDEX mails_by_due ON mails (next_at, seq) WHERE state = 'queued';
CREATE INDEX mails_by_store ON mails (store_id, seq);
CREATE INDEX mails_by_customer ON mails (customer_id, created_at);
CREATE INDEX mails_by_plugin ON mails (plugin, created_at) WHERE plugin IS NOT NULL;
CREATE INDEX mails_by_age ON mails (created_at);

-- What somebody who has a secret sent to an email may do.
CREATE TABLE proofs (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    store_id TEXT NOT NULL REFERENCES stores (id),
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    -- The email that the secret was sent to, in the form that is compared, and as typed.
    email_norm TEXT NOT NULL,
    email TEXT NOT NULL,
    -- Null until the mail goes out.
    token_hash TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX proofs_by_customer ON proofs (customer_id, purpose);
CREATE INDEX proofs_by_end ON proofs (expires_at);
