-- Deploy tradebase:trading/client_orders to pg
-- requires: core/client_key

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.client_orders (
    user_id         uuid            NOT NULL,
    client_order_id core.client_key NOT NULL,
    order_id        uuid            NOT NULL,
    request_hash    bytea           NOT NULL,
    created_at      timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT client_orders_pkey PRIMARY KEY (user_id, client_order_id),
    CONSTRAINT client_orders_request_hash_check CHECK (octet_length(request_hash) = 32)
);

COMMENT ON TABLE trading.client_orders IS
'The names that users gave to their orders: the same request under the same name finds the order it made. Kept longer '
'than the order lives, see system_config.idempotency_retention. [not audited: the orders are its record]';
COMMENT ON COLUMN trading.client_orders.client_order_id IS 'The user''s own name for it. [kept: made by a program]';
COMMENT ON COLUMN trading.client_orders.request_hash IS
'SHA-256 of what was asked for: another request under the name is refused.';

-- A purge goes by age.
CREATE INDEX client_orders_created_at_idx
ON trading.client_orders USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);

-- No policy yet: until trading/client_orders_access is deployed nobody sees a row, its owner included.
ALTER TABLE trading.client_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.client_orders FORCE ROW LEVEL SECURITY;

COMMIT;
