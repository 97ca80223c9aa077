-- Verify tradebase:market/candle_state on pg

BEGIN;

SELECT market_id, last_seq, newest_at, updated_at
FROM market.candle_state
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.candle_state'::regclass),
        'market.candle_state: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.candle_state'::regclass),
        'market.candle_state: an index is invalid';
END
$$;

ROLLBACK;
