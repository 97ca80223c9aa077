-- Verify tradebase:trading/fills on pg

BEGIN;

SELECT id, executed_at, trade_id, trade_seq, order_id, user_id, market_id, side, liquidity, price, quantity,
    quote_quantity, fee, fee_asset_id, fee_rate, realized_pnl
FROM trading.fills
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.fills'::regclass),
        'trading.fills: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.fills'::regclass),
        'trading.fills: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.fills'::regclass AND tgname = 'fills_append_only'
            AND tgenabled = 'A'
    ),
        'trading.fills: trigger fills_append_only is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.fills'::regclass AND tgname = 'fills_no_truncate'
            AND tgenabled = 'A'
    ),
        'trading.fills: trigger fills_no_truncate is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'trading.fills'::regclass),
        'trading.fills: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('trading.fills')),
        'trading.fills: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('trading.fills') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'trading.fills: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
