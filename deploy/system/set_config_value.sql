-- Deploy tradebase:system/set_config_value to pg
-- requires: core/give_reason
-- requires: events/outbox_access
-- requires: system/config_history_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.set_config_value(key text, value jsonb, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_at    integer;
    taken     jsonb;
    is_public boolean;
BEGIN
    PERFORM core.give_reason(reason);
    -- One at a time: of two versions of all of them the later has the higher number.
    PERFORM pg_advisory_xact_lock(7476, 1);
    UPDATE system.system_config AS c SET value = set_config_value.value WHERE c.key = set_config_value.key
    RETURNING c.version, c.is_public INTO now_at, is_public;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown key'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'key', 'expected', 'a key of a setting');
    END IF;
    IF is_public THEN
        INSERT INTO events.outbox (topic, event, payload)
        VALUES ('config', 'config', jsonb_build_object('key', key, 'value', value, 'version', now_at));
    END IF;
    RETURN jsonb_build_object('key', key, 'value', value, 'version', now_at);
EXCEPTION WHEN check_violation OR not_null_violation THEN
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'type', c.value_type, 'min', c.min_value, 'max', c.max_value, 'pattern', c.pattern
    )) INTO taken
    FROM system.system_config AS c
    WHERE c.key = set_config_value.key;
    RAISE EXCEPTION 'invalid value'
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'value', 'expected', taken);
END
$$;

COMMENT ON FUNCTION system.set_config_value(text, jsonb, text) IS
'Gives a setting another value and answers {key, value, version}; the same value again leaves the version as it is. '
'TR010 unknown key, a value that the setting does not take, or no reason.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.set_config_value(text, jsonb, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION system.set_config_value(text, jsonb, text) TO tradebase_operator;

COMMIT;
