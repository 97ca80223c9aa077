-- Deploy tradebase:monitoring/capacity to pg
-- requires: monitoring/storage_samples_access
-- requires: monitoring/thresholds

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.capacity WITH (security_invoker = TRUE) AS
SELECT
    g.sampled_on, g.days, g.bytes, g.bytes_per_day, c.bytes AS capacity_bytes,
    round(100.0 * g.bytes / c.bytes, 1) AS used_percent,
    -- What does not grow is never full.
    CASE
        WHEN g.bytes_per_day > 0 AND c.bytes > 0 THEN round(greatest(c.bytes - g.bytes, 0) / g.bytes_per_day, 1)
    END AS days_until_full,
    concat_ws(
        '; ',
        CASE WHEN g.days = 0 THEN 'no sample: ops.due_maintenance() has one taken every day' END,
        CASE WHEN g.days = 1 THEN 'growth is known when there are samples of two days' END,
        CASE WHEN c.bytes IS NULL THEN
            'capacity is not known: system.set_config_value(''storage_capacity_gib'', …) says how much room there is'
        END
    ) AS problem
FROM (
    SELECT
        max(s.sampled_on) AS sampled_on, count(*) AS days, (array_agg(s.bytes ORDER BY s.sampled_on DESC))[1] AS bytes,
        round(regr_slope(s.bytes, s.sampled_on - '2000-01-01'::date)::numeric) AS bytes_per_day
    FROM (
        SELECT d.sampled_on, d.bytes
        FROM monitoring.storage_samples AS d
        WHERE d.relation = 'database'
        ORDER BY d.sampled_on DESC
        LIMIT 30
    ) AS s
) AS g
CROSS JOIN (
    SELECT nullif(max(t.crit) FILTER (WHERE t.name = 'storage_capacity_gib'), 0) * 1073741824 AS bytes
    FROM monitoring.thresholds() AS t
) AS c;

COMMENT ON VIEW monitoring.capacity IS
'How full the disk is with this database, and when it will be: one row.';
COMMENT ON COLUMN monitoring.capacity.days IS 'Days with a sample, of the last thirty that have one.';
COMMENT ON COLUMN monitoring.capacity.capacity_bytes IS 'As setting storage_capacity_gib says; NULL when it says nothing.';
COMMENT ON COLUMN monitoring.capacity.days_until_full IS 'NULL when it does not grow, or that is not known.';
COMMENT ON COLUMN monitoring.capacity.problem IS 'What is not known; empty when all is.';

GRANT SELECT ON monitoring.capacity TO tradebase_monitor;

COMMIT;
