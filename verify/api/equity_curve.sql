-- Verify tradebase:api/equity_curve on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.equity_curve(timestamptz, timestamptz, text, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.equity_curve: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.equity_curve: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.equity_curve: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.equity_curve: service_role may execute it';
END
$$;

ROLLBACK;
