-- Verify tradebase:portfolio/snapshot_kind on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.snapshot_kind(text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'portfolio.snapshot_kind: runs with its owner''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.snapshot_kind: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.snapshot_kind: authenticated may not execute it';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'portfolio.snapshot_kind: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.snapshot_kind: anon may execute it';
END
$$;

ROLLBACK;
