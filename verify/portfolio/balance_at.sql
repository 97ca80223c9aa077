-- Verify tradebase:portfolio/balance_at on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.balance_at(uuid, text, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'portfolio.balance_at: runs with its owner''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.balance_at: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.balance_at: authenticated may not execute it';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'),
        'portfolio.balance_at: tradebase_auditor may not execute it';
    ASSERT has_function_privilege('tradebase_reporter', f, 'EXECUTE'),
        'portfolio.balance_at: tradebase_reporter may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.balance_at: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.balance_at: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.balance_at: tradebase_operator may execute it';
END
$$;

ROLLBACK;
