-- Verify tradebase:market/market_state on pg

BEGIN;

SELECT market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at, mark_price, mark_at, updated_at
FROM market.market_state
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.market_state'::regclass),
        'market.market_state: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.market_state'::regclass),
        'market.market_state: an index is invalid';
END
$$;

ROLLBACK;
