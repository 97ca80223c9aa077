-- Verify tradebase:trading/positions on pg

BEGIN;

SELECT user_id, market_id, quantity, entry_cost, realized_pnl, fees, opened_at, updated_at, version
FROM trading.positions
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.positions'::regclass),
        'trading.positions: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.positions'::regclass),
        'trading.positions: an index is invalid';
END
$$;

ROLLBACK;
