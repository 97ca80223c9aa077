-- Verify tradebase:core/touch_updated_at on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.touch_updated_at()';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'core.touch_updated_at: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.touch_updated_at: public may execute it';
END
$$;

ROLLBACK;
