-- Verify tradebase:trading/trades on pg

BEGIN;

SELECT id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, maker_order_id, taker_order_id,
    engine_seq, engine_at
FROM trading.trades
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.trades'::regclass),
        'trading.trades: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.trades'::regclass),
        'trading.trades: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.trades'::regclass AND tgname = 'trades_append_only'
            AND tgenabled = 'A'
    ),
        'trading.trades: trigger trades_append_only is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.trades'::regclass AND tgname = 'trades_no_truncate'
            AND tgenabled = 'A'
    ),
        'trading.trades: trigger trades_no_truncate is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'trading.trades'::regclass),
        'trading.trades: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('trading.trades')),
        'trading.trades: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('trading.trades') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'trading.trades: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
