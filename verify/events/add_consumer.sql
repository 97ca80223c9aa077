-- Verify tradebase:events/add_consumer on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'events.add_consumer(text, boolean)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'events.add_consumer: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'events.add_consumer: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'), 'events.add_consumer: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'events.add_consumer: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'events.add_consumer: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'events.add_consumer: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'events', 'CREATE'), 'tradebase_kernel may create in events';
END
$$;

ROLLBACK;
