-- Verify tradebase:events/acknowledge on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'events.acknowledge(text, xid8, bigint, integer)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'events.acknowledge: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'events.acknowledge: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'), 'events.acknowledge: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'events.acknowledge: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'events.acknowledge: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'events.acknowledge: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'events', 'CREATE'), 'tradebase_kernel may create in events';
END
$$;

ROLLBACK;
