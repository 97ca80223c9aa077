-- Verify tradebase:ops/record_backup on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure :=
        'ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        format('%s: does not run as the kernel', f);
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        format('%s: search_path is not pinned', f);
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        format('%s: tradebase_worker may not execute it', f);
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), format('%s: everybody may execute it', f);
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), format('%s: service_role may execute it', f);
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'ops', 'CREATE'), 'tradebase_kernel may create in ops';
END
$$;

ROLLBACK;
