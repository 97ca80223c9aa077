-- Deploy tradebase:monitoring/growth to pg
-- requires: monitoring/storage_samples_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.growth WITH (security_invoker = TRUE) AS
SELECT
    d.of_table, max(d.sampled_on) AS sampled_on, count(*) AS days,
    (array_agg(d.bytes ORDER BY d.sampled_on DESC))[1] AS bytes,
    (array_agg(d.table_bytes ORDER BY d.sampled_on DESC))[1] AS table_bytes,
    (array_agg(d.index_bytes ORDER BY d.sampled_on DESC))[1] AS index_bytes,
    round(regr_slope(d.bytes, d.sampled_on - '2000-01-01'::date)::numeric) AS bytes_per_day
FROM (
    SELECT
        s.of_table, s.sampled_on, sum(s.bytes) AS bytes,
        coalesce(sum(s.bytes) FILTER (WHERE s.kind <> 'index'), 0) AS table_bytes,
        coalesce(sum(s.bytes) FILTER (WHERE s.kind = 'index'), 0) AS index_bytes
    FROM monitoring.storage_samples AS s
    WHERE s.sampled_on > (SELECT max(l.sampled_on) FROM monitoring.storage_samples AS l) - 30 AND s.kind <> 'database'
    GROUP BY s.of_table, s.sampled_on
) AS d
GROUP BY d.of_table;

COMMENT ON VIEW monitoring.growth IS
'How large each table is with its leaves and indexes, and by how much it grows: of the last thirty days on which '
'monitoring.sample_storage() ran.';
COMMENT ON COLUMN monitoring.growth.bytes_per_day IS 'The slope of a line through its sizes; NULL until there are two days.';

GRANT SELECT ON monitoring.growth TO tradebase_monitor;

COMMIT;
