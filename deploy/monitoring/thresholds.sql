-- Deploy tradebase:monitoring/thresholds to pg
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION monitoring.thresholds()
RETURNS TABLE (name text, warn numeric, crit numeric)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        regexp_replace(c.key, '^health_', ''), split_part(v.value, ' ', 1)::numeric,
        coalesce(nullif(split_part(v.value, ' ', 2), ''), v.value)::numeric
    FROM system.system_config AS c
    CROSS JOIN LATERAL (SELECT c.value #>> '{}') AS v (value)
    WHERE starts_with(c.key, 'health_') OR c.key = 'storage_capacity_gib';
END;

COMMENT ON FUNCTION monitoring.thresholds() IS
'From where on monitoring.health() warns and calls critical, by the name of the check, as settings health_… say; and '
'storage_capacity_gib. Operators change them by system.set_config_value().';

GRANT CREATE ON SCHEMA monitoring TO tradebase_kernel;
ALTER FUNCTION monitoring.thresholds() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA monitoring FROM tradebase_kernel;

-- Those who watch read these settings, and no other.
GRANT EXECUTE ON FUNCTION monitoring.thresholds() TO tradebase_monitor;

COMMIT;
