-- Verify tradebase:core/give_reason on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.give_reason(text)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'core.give_reason: runs with more than its caller''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'core.give_reason: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.give_reason: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'core.give_reason: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'core.give_reason: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'core.give_reason: service_role may execute it';
END
$$;

ROLLBACK;
