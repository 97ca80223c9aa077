-- Verify tradebase:api/revoke_all_sessions on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.revoke_all_sessions()';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.revoke_all_sessions: runs with more than its caller''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.revoke_all_sessions: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.revoke_all_sessions: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.revoke_all_sessions: service_role may execute it';
END
$$;

ROLLBACK;
