-- Verify tradebase:market/assets_fix_scale on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.assets_fix_scale()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'market.assets_fix_scale: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=""'] FROM pg_proc WHERE oid = f),
        'market.assets_fix_scale: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'market.assets_fix_scale: public may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'), 'tradebase_kernel may create in market';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'market.assets'::regclass AND tgname = 'assets_fix_scale' AND tgenabled = 'O'
    ),
        'market.assets: trigger assets_fix_scale is missing or disabled';
END
$$;

ROLLBACK;
