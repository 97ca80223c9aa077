-- Verify tradebase:api/revoke_sessions_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.revoke_sessions_for(uuid, uuid)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.revoke_sessions_for: runs with more than its caller''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.revoke_sessions_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.revoke_sessions_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.revoke_sessions_for: authenticated may execute it';
END
$$;

ROLLBACK;
