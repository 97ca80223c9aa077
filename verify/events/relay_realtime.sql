-- Verify tradebase:events/relay_realtime on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'events.relay_realtime(integer, integer)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'events.relay_realtime: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'), 'events.relay_realtime: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'events.relay_realtime: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'events.relay_realtime: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'events.relay_realtime: service_role may execute it';
END
$$;

ROLLBACK;
