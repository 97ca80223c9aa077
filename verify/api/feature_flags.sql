-- Verify tradebase:api/feature_flags on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.feature_flags()';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'api.feature_flags: runs with more than its caller''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'api.feature_flags: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.feature_flags: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.feature_flags: service_role may execute it';
END
$$;

ROLLBACK;
