-- Verify tradebase:trading/orders on pg

BEGIN;

SELECT id, closed_at, created_at, updated_at, seq, user_id, market_id, side, type, time_in_force, status, price,
    quantity, filled_quantity, filled_quote, fee_total, hold, hold_asset_id, maker_fee_rate, taker_fee_rate,
    post_only, stp, on_book, expires_at, client_order_id, cancel_requested_at, close_reason, close_seq,
    replaces_order_id, version
FROM trading.orders
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.orders'::regclass),
        'trading.orders: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.orders'::regclass),
        'trading.orders: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.orders'::regclass AND tgname = 'orders_transition'
            AND tgenabled = 'A'
    ),
        'trading.orders: trigger orders_transition is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'trading.orders'::regclass),
        'trading.orders: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('trading.orders')),
        'trading.orders: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('trading.orders') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'trading.orders: a leaf is not like its parent, see ops.partition_health()';
    ASSERT (
        SELECT count(*) = 4 FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = 'partitions.orders_open'::regclass AND i.indisvalid AND c.relname IN (
            'orders_open_bids_idx', 'orders_open_asks_idx', 'orders_open_user_id_market_id_seq_idx',
            'orders_open_expires_at_idx'
        )
    ),
        'partitions.orders_open: an index of the book is missing or invalid';
END
$$;

ROLLBACK;
