-- Verify tradebase:audit/trigger_body on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.trigger_body(regclass)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'audit.trigger_body: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'),
        'audit.trigger_body: tradebase_auditor may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'audit.trigger_body: authenticated may execute it';
END
$$;

ROLLBACK;
