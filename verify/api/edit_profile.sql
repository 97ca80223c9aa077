-- Verify tradebase:api/edit_profile on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.edit_profile(jsonb)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.edit_profile: runs with more than its caller''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.edit_profile: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.edit_profile: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.edit_profile: service_role may execute it';
END
$$;

ROLLBACK;
