-- Verify tradebase:portfolio/performance on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.performance(double precision[], double precision, double precision, double precision)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'portfolio.performance: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'portfolio.performance: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('tradebase_reporter', f, 'EXECUTE'),
        'portfolio.performance: tradebase_reporter may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.performance: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.performance: authenticated may execute it';
END
$$;

ROLLBACK;
