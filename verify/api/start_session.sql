-- Verify tradebase:api/start_session on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.start_session(uuid, text, inet, bytea)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.start_session: runs with more than its caller''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.start_session: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.start_session: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.start_session: authenticated may execute it';
END
$$;

ROLLBACK;
