-- Verify tradebase:ops/begin_incarnation on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.begin_incarnation(text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), format('%s: runs as another than its caller', f);
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        format('%s: search_path is not pinned', f);
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), format('%s: everybody may execute it', f);
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), format('%s: service_role may execute it', f);
    ASSERT NOT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        format('%s: tradebase_worker may execute it', f);
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        format('%s: tradebase_operator may execute it', f);
END
$$;

ROLLBACK;
