-- Verify tradebase:api/ack_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.ack_order(uuid)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.ack_order: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.ack_order: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'), 'api.ack_order: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.ack_order: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.ack_order: authenticated may execute it';
END
$$;

ROLLBACK;
