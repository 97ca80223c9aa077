-- Verify tradebase:system/rollout_bucket on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.rollout_bucket(text, uuid)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'system.rollout_bucket: runs with more than its caller''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'system.rollout_bucket: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'system.rollout_bucket: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'system.rollout_bucket: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'system.rollout_bucket: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'system.rollout_bucket: service_role may execute it';
END
$$;

ROLLBACK;
