-- Verify tradebase:audit/as_of on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.as_of(text, text, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'audit.as_of: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'), 'audit.as_of: tradebase_auditor may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'audit.as_of: authenticated may execute it';
END
$$;

ROLLBACK;
