-- Verify tradebase:audit/record_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.record_orders(text, uuid[], jsonb, jsonb)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'audit.record_orders: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'), 'audit.record_orders: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'audit.record_orders: authenticated may execute it';
END
$$;

ROLLBACK;
