-- Verify tradebase:audit/history on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.history(text, text, uuid, text, text, timestamptz, bigint, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'audit.history: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'), 'audit.history: tradebase_auditor may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'audit.history: authenticated may execute it';
END
$$;

ROLLBACK;
