-- Deploy tradebase:system/my_flags to pg
-- requires: core/current_user_id
-- requires: system/is_enabled

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.my_flags()
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(f.key, system.is_enabled(f.key, core.current_user_id())), '{}')
        FROM system.feature_flags AS f
        WHERE f.is_public
    );
END
$$;

COMMENT ON FUNCTION system.my_flags() IS
'Every public flag and whether it is on for who is signed in, or for who is not: {key: true or false}. Not for whom '
'else.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.my_flags() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

-- Those who work here too: a flag may be for them first.
GRANT EXECUTE ON FUNCTION system.my_flags()
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
