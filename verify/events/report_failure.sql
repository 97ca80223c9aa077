-- Verify tradebase:events/report_failure on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'events.report_failure(text, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'events.report_failure: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'events.report_failure: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'), 'events.report_failure: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'events.report_failure: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'events.report_failure: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'events.report_failure: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'events', 'CREATE'), 'tradebase_kernel may create in events';
END
$$;

ROLLBACK;
