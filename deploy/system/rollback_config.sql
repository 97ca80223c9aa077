-- Deploy tradebase:system/rollback_config to pg
-- requires: system/set_config_value

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.rollback_config(key text, to_version integer)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former jsonb;
BEGIN
    SELECT h.value INTO former
    FROM system.config_history AS h
    WHERE h.key = rollback_config.key AND h.version = rollback_config.to_version;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown version'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'to_version', 'expected', 'a key and version of system.config_history'
            );
    END IF;
    RETURN system.set_config_value(key, former, format('back to version %s', to_version));
END
$$;

COMMENT ON FUNCTION system.rollback_config(text, integer) IS
'Gives a setting the value that it had at a version, as a new version: see system.set_config_value(). TR010 unknown '
'key or version, or a value that a later release no longer takes.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.rollback_config(text, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION system.rollback_config(text, integer) TO tradebase_operator;

COMMIT;
