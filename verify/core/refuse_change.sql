-- Verify tradebase:core/refuse_change on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.refuse_change()';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'core.refuse_change: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.refuse_change: public may execute it';
END
$$;

ROLLBACK;
