-- Verify tradebase:portfolio/period_return on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.period_return(numeric, numeric, numeric)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'portfolio.period_return: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.period_return: authenticated may not execute it';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'portfolio.period_return: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.period_return: anon may execute it';
END
$$;

ROLLBACK;
