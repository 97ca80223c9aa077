-- Deploy tradebase:events/consumers to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE events.consumers (
    name         text        NOT NULL,
    incarnation  integer     NOT NULL,
    from_xid     xid8        NOT NULL,
    upto_xid     xid8,
    last_id      bigint,
    high_id      bigint,
    delivered    bigint      NOT NULL DEFAULT 0,
    failed_at    timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT consumers_pkey PRIMARY KEY (name),
    CONSTRAINT consumers_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT consumers_window_check CHECK (
        num_nulls(upto_xid, last_id, high_id) = 3
        OR num_nulls(upto_xid, last_id, high_id) = 0 AND upto_xid > from_xid AND last_id < high_id
    ),
    CONSTRAINT consumers_delivered_check CHECK (delivered >= 0),
    CONSTRAINT consumers_last_error_check CHECK (
        (last_error IS NULL) = (failed_at IS NULL) AND length(coalesce(last_error, '')) <= 1000
    )
)
-- One hot row per consumer: most of its page is room for the next version.
WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

COMMENT ON TABLE events.consumers IS
'Who reads the outbox, and how far. Everything of an earlier incarnation, or of a transaction below from_xid, is '
'delivered; between from_xid and upto_xid, the window that is open, everything up to last_id. [not audited: a cursor]';
COMMENT ON COLUMN events.consumers.upto_xid IS
'End of the open window: every transaction below it had ended when it was opened. NULL while none is open.';
COMMENT ON COLUMN events.consumers.last_id IS 'The newest event of the open window that is delivered, or what comes before its first.';
COMMENT ON COLUMN events.consumers.high_id IS 'The last event of the open window.';
COMMENT ON COLUMN events.consumers.delivered IS 'How many events were acknowledged since it was added.';
COMMENT ON COLUMN events.consumers.last_error IS 'Why it could not deliver, when it last failed; NULL since it works again.';

-- No policy yet: until events/consumers_access is deployed nobody sees a row, its owner included.
ALTER TABLE events.consumers ENABLE ROW LEVEL SECURITY;
ALTER TABLE events.consumers FORCE ROW LEVEL SECURITY;

COMMIT;
