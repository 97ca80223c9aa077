-- Verify tradebase:monitoring/statement_counters on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'monitoring.statement_counters(boolean)';
BEGIN
    ASSERT (
        SELECT p.prosecdef AND p.proowner = n.nspowner
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = f
    ), format('%s: does not run as the owner', f);
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        format('%s: search_path is not pinned', f);
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        format('%s: tradebase_monitor may not execute it', f);
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        format('%s: tradebase_kernel may not execute it', f);
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), format('%s: everybody may execute it', f);
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), format('%s: service_role may execute it', f);
END
$$;

ROLLBACK;
