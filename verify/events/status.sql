-- Verify tradebase:events/status on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'events.status()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'events.status: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'events.status: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'), 'events.status: tradebase_monitor may not execute it';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'), 'events.status: tradebase_operator may not execute it';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'), 'events.status: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'events.status: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'events.status: authenticated may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'events', 'CREATE'), 'tradebase_kernel may create in events';
END
$$;

ROLLBACK;
