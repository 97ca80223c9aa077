-- Deploy tradebase:monitoring/statements to pg
-- requires: monitoring/statement_baseline_access
-- requires: monitoring/statement_counters

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.statements WITH (security_invoker = TRUE) AS
WITH counter AS MATERIALIZED (
    SELECT c.* FROM monitoring.statement_counters(TRUE) AS c
),

source AS (
    SELECT c.reset_at FROM counter AS c WHERE c.query_id IS NULL
)

SELECT
    c.query_id, c.role, c.is_toplevel, c.query, c.calls, c.row_count, round(c.total_us / 1e3, 3) AS total_ms,
    round(c.total_us / 1e3 / nullif(c.calls, 0), 3) AS mean_ms,
    c.buffers, c.buffers_read, c.temp_buffers, c.wal_bytes,
    round(c.buffers::numeric / nullif(c.calls, 0), 1) AS buffers_per_call,
    c.calls - coalesce(b.calls, 0) AS calls_since,
    round((c.total_us - coalesce(b.total_us, 0)) / 1e3, 3) AS total_ms_since,
    round((c.total_us - coalesce(b.total_us, 0)) / 1e3 / nullif(c.calls - coalesce(b.calls, 0), 0), 3) AS mean_ms_since,
    round((c.buffers - coalesce(b.buffers, 0))::numeric / nullif(c.calls - coalesce(b.calls, 0), 0), 1)
        AS buffers_per_call_since,
    round(b.total_us / 1e3 / nullif(b.calls, 0), 3) AS mean_ms_before,
    round(b.buffers::numeric / nullif(b.calls, 0), 1) AS buffers_per_call_before,
    b.saved_at AS baseline_at
FROM counter AS c
CROSS JOIN source AS s
LEFT JOIN monitoring.statement_baseline AS b
    ON b.query_id = c.query_id AND b.role = c.role AND b.is_toplevel = c.is_toplevel
    -- Counted from another beginning, it does not compare.
    AND b.reset_at = s.reset_at
    -- Nor where the statement was pushed out since, and came again.
    AND b.calls <= c.calls AND b.total_us <= c.total_us AND b.buffers <= c.buffers
WHERE c.query_id IS NOT NULL;

COMMENT ON VIEW monitoring.statements IS
'What each statement has cost in this database, in all, and since the baseline that monitoring.save_baseline() keeps. '
'Empty where pg_stat_statements does not count: monitoring.statements_source says what is missing.';
COMMENT ON COLUMN monitoring.statements.query IS 'Its text without values; of what is no query, the first word.';
COMMENT ON COLUMN monitoring.statements.is_toplevel IS 'Whether it was sent, or stands in a function.';
COMMENT ON COLUMN monitoring.statements.buffers IS 'Pages of 8 kB asked for, found in memory or not.';
COMMENT ON COLUMN monitoring.statements.calls_since IS 'Since the baseline; all of them where it has none of it.';
COMMENT ON COLUMN monitoring.statements.mean_ms_before IS 'Up to the baseline; NULL where it has none of it.';

GRANT SELECT ON monitoring.statements TO tradebase_monitor;

COMMIT;
