-- Verify tradebase:ops/verify_integrity on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.verify_integrity(date)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'ops.verify_integrity: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'ops.verify_integrity: search_path is not pinned';
    ASSERT NOT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        'ops.verify_integrity: tradebase_monitor may execute it';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'),
        'ops.verify_integrity: tradebase_auditor may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'ops.verify_integrity: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'ops.verify_integrity: authenticated may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'ops', 'CREATE'), 'tradebase_kernel may create in ops';
END
$$;

ROLLBACK;
