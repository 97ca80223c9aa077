-- Verify tradebase:api/touch_session on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.touch_session(uuid, text)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.touch_session: runs with more than its caller''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.touch_session: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.touch_session: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.touch_session: authenticated may execute it';
END
$$;

ROLLBACK;
