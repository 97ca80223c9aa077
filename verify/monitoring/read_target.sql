-- Verify tradebase:monitoring/read_target on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'monitoring.read_target(interval)';
BEGIN
    -- Stable, it would see one moment for as long as it looks.
    ASSERT (SELECT provolatile = 'v' AND NOT prosecdef FROM pg_proc WHERE oid = f),
        'monitoring.read_target: is not volatile, or runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        'monitoring.read_target: tradebase_monitor may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'monitoring.read_target: clients may execute it';
END
$$;

ROLLBACK;
