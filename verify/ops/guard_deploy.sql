-- Verify tradebase:ops/guard_deploy on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.guard_deploy()';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'ops.guard_deploy: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'ops.guard_deploy: public may execute it';
END
$$;

ROLLBACK;
