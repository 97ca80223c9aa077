-- Deploy tradebase:trading/orders to pg
-- requires: core/client_key
-- requires: core/numbers
-- requires: core/uuid7_time
-- requires: ops/ensure_partitions
-- requires: trading/is_legal_order_transition
-- requires: trading/order_terms

BEGIN;

CALL ops.guard_deploy();

-- Order of commands in a market: drawn under the market's lock, so that it is also the order of their commits.
CREATE SEQUENCE trading.command_seq;

CREATE TABLE trading.orders (
    id                  uuid                  NOT NULL,
    closed_at           timestamptz           NOT NULL DEFAULT 'infinity',
    created_at          timestamptz           NOT NULL,
    updated_at          timestamptz           NOT NULL,
    seq                 bigint                NOT NULL,
    user_id             uuid                  NOT NULL,
    market_id           integer               NOT NULL,
    side                trading.order_side    NOT NULL,
    type                trading.order_type    NOT NULL,
    time_in_force       trading.time_in_force NOT NULL,
    status              trading.order_status  NOT NULL,
    price               core.price            NOT NULL,
    quantity            core.quantity         NOT NULL,
    filled_quantity     core.amount           NOT NULL DEFAULT 0,
    filled_quote        core.amount           NOT NULL DEFAULT 0,
    fee_total           core.delta            NOT NULL DEFAULT 0,
    hold                core.amount           NOT NULL,
    hold_asset_id       integer               NOT NULL,
    maker_fee_rate      core.fee_rate         NOT NULL,
    taker_fee_rate      core.fee_rate         NOT NULL,
    post_only           boolean               NOT NULL DEFAULT FALSE,
    stp                 trading.stp_mode      NOT NULL,
    on_book             boolean               NOT NULL,
    expires_at          timestamptz,
    client_order_id     core.client_key,
    cancel_requested_at timestamptz,
    close_reason        trading.close_reason,
    close_seq           bigint,
    replaces_order_id   uuid,
    version             integer               NOT NULL DEFAULT 1,

    CONSTRAINT orders_pkey PRIMARY KEY (id, closed_at),
    CONSTRAINT orders_created_at_check CHECK (created_at = core.uuid7_time(id)),
    CONSTRAINT orders_market_check CHECK (type <> 'market' OR (time_in_force IN ('ioc', 'fok') AND NOT post_only)),
    CONSTRAINT orders_post_only_check CHECK (NOT post_only OR time_in_force NOT IN ('ioc', 'fok')),
    CONSTRAINT orders_expires_at_check CHECK ((expires_at IS NULL) = (time_in_force IN ('ioc', 'fok'))),
    CONSTRAINT orders_closed_at_check CHECK (
        (closed_at = 'infinity') = (status IN ('pending', 'open', 'partially_filled'))
    ),
    CONSTRAINT orders_close_reason_check CHECK ((closed_at = 'infinity') = (close_reason IS NULL)),
    CONSTRAINT orders_hold_check CHECK (closed_at = 'infinity' OR hold = 0),
    CONSTRAINT orders_filled_check CHECK (
        CASE status
            WHEN 'filled' THEN filled_quantity = quantity
            WHEN 'partially_filled' THEN filled_quantity > 0 AND filled_quantity < quantity
            WHEN 'canceled' THEN filled_quantity < quantity
            WHEN 'expired' THEN filled_quantity < quantity
            ELSE filled_quantity = 0
        END
    ),
    CONSTRAINT orders_on_book_check CHECK (NOT on_book OR status IN ('open', 'partially_filled'))
) PARTITION BY RANGE (closed_at);

COMMENT ON TABLE trading.orders IS
'What a user wants to buy or sell, and what became of it. The open book is the leaf partitions.orders_open; an order '
'that ends moves to the leaf of the month by trading.close_orders() alone. No foreign keys: checking them would lock '
'the one row of a market in every transaction; ops.verify_integrity() looks for orphans instead. '
'[not audited: its commands and fills are its record]';
COMMENT ON COLUMN trading.orders.closed_at IS
'infinity while the order lives; then when it was filled, canceled, expired or rejected.';
COMMENT ON COLUMN trading.orders.seq IS
'Place in the market''s sequence of commands: at one price the lower one goes first.';
COMMENT ON COLUMN trading.orders.price IS
'Limit, in the quote asset per unit of the base asset; of a market order the worst price it may still trade at.';
COMMENT ON COLUMN trading.orders.quantity IS 'In the base asset, with what is filled already.';
COMMENT ON COLUMN trading.orders.filled_quote IS
'Paid or received for what is filled, in the quote asset, without fees.';
COMMENT ON COLUMN trading.orders.fee_total IS 'Sum of the fees of its fills, in the quote asset; negative for rebates.';
COMMENT ON COLUMN trading.orders.hold IS 'Held for what is left, in units of hold_asset_id: see trading.order_hold().';
COMMENT ON COLUMN trading.orders.maker_fee_rate IS 'As it was when the order was placed.';
COMMENT ON COLUMN trading.orders.stp IS 'Who is cancelled when the order would meet one of the same user.';
COMMENT ON COLUMN trading.orders.on_book IS
'Others can trade with it: accepted, not pending, and it may rest. Turns once, so an index may stand on it.';
COMMENT ON COLUMN trading.orders.expires_at IS
'End of a gtd or day order, latest age of a gtc order; NULL for ioc and fok.';
COMMENT ON COLUMN trading.orders.client_order_id IS 'The user''s own name for it; NULL when they gave none. [kept: made by a program]';
COMMENT ON COLUMN trading.orders.cancel_requested_at IS 'The engine is asked to end it and has not answered yet.';
COMMENT ON COLUMN trading.orders.close_seq IS
'Place of its close in the external engine''s sequence; NULL when it was filled, or ended here.';
COMMENT ON COLUMN trading.orders.replaces_order_id IS 'The order that this one amends, closed as replaced.';
COMMENT ON COLUMN trading.orders.version IS 'Counts the changes since it was placed.';

-- History of a user, newest first: an ordered walk over the leaves that stops at the first page.
CREATE INDEX orders_user_id_closed_at_id_idx ON trading.orders (user_id, closed_at DESC, id DESC);

-- A status that cannot be is refused whoever writes it; the WHEN is inlined, so a legal one costs no call.
CREATE FUNCTION trading.orders_transition()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'an order cannot go from % to %', old.status, new.status
        USING ERRCODE = 'TR203', DETAIL = jsonb_build_object('from', old.status, 'to', new.status);
END
$$;

COMMENT ON FUNCTION trading.orders_transition() IS
'Trigger of trading.orders: TR203 for a change of status that trading.is_legal_order_transition() does not know.';

CREATE TRIGGER orders_transition
BEFORE UPDATE OF status ON trading.orders
FOR EACH ROW
WHEN (new.status <> old.status AND NOT trading.is_legal_order_transition(old.status, new.status))
EXECUTE FUNCTION trading.orders_transition();

ALTER TABLE trading.orders ENABLE ALWAYS TRIGGER orders_transition;

ALTER TABLE trading.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.orders FORCE ROW LEVEL SECURITY;

-- The open book: updated all day, so half empty pages, eager vacuum, and no index on what a fill changes. The
-- parent is new, so PARTITION OF may lock it.
CREATE TABLE partitions.orders_open PARTITION OF trading.orders
FOR VALUES FROM ('infinity') TO (MAXVALUE) -- noqa: CP02
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE partitions.orders_open ENABLE ROW LEVEL SECURITY;
ALTER TABLE partitions.orders_open FORCE ROW LEVEL SECURITY;

CREATE INDEX orders_open_bids_idx ON partitions.orders_open (market_id, price DESC, seq) WHERE side = 'buy' AND on_book;
CREATE INDEX orders_open_asks_idx ON partitions.orders_open (market_id, price, seq) WHERE side = 'sell' AND on_book;
CREATE INDEX orders_open_user_id_market_id_seq_idx ON partitions.orders_open (user_id, market_id, seq);
CREATE INDEX orders_open_expires_at_idx ON partitions.orders_open (market_id, expires_at) WHERE expires_at IS NOT NULL;

INSERT INTO ops.partition_policies (parent, period) VALUES ('trading.orders', 'month');
SELECT ops.ensure_partitions('trading.orders', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
