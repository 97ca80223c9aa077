-- Verify tradebase:identity/edit_profile on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.edit_profile(jsonb)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'identity.edit_profile: runs with more than its caller''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.edit_profile: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.edit_profile: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.edit_profile: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.edit_profile: service_role may execute it';
END
$$;

ROLLBACK;
