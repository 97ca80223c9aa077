-- Verify tradebase:api/support_close on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.support_close()';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.support_close: runs with more than its caller''s rights';
    ASSERT has_function_privilege('tradebase_support', f, 'EXECUTE'),
        'api.support_close: tradebase_support may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.support_close: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.support_close: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.support_close: service_role may execute it';
END
$$;

ROLLBACK;
