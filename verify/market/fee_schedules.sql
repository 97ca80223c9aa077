-- Verify tradebase:market/fee_schedules on pg

BEGIN;

SELECT id, fee_tier, market_id, maker_fee_rate, taker_fee_rate
FROM market.fee_schedules
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.fee_schedules'::regclass),
        'market.fee_schedules: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.fee_schedules'::regclass),
        'market.fee_schedules: an index is invalid';
END
$$;

ROLLBACK;
