-- Verify tradebase:portfolio/balances on pg

BEGIN;

SELECT user_id, asset_id, available, held, version, updated_at
FROM portfolio.balances
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'portfolio.balances'::regclass),
        'portfolio.balances: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.balances'::regclass),
        'portfolio.balances: an index is invalid';
END
$$;

ROLLBACK;
