-- Verify tradebase:api/market_summary on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.market_summary(text, integer)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'api.market_summary: search_path is not pinned';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'api.market_summary: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.market_summary: authenticated may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'api.market_summary: public may execute it';
END
$$;

ROLLBACK;
