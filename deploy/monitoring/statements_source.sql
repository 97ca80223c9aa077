-- Deploy tradebase:monitoring/statements_source to pg
-- requires: monitoring/statement_baseline_access
-- requires: monitoring/statement_counters

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.statements_source WITH (security_invoker = TRUE) AS
SELECT
    c.problem IS NULL AS is_counting, c.reset_at, b.saved_at AS baseline_at,
    coalesce(c.problem, CASE
        WHEN b.saved_at IS NULL THEN 'no baseline: SELECT monitoring.save_baseline() when all is well'
        WHEN b.reset_at <> c.reset_at
            THEN 'the statistics were reset after the baseline: SELECT monitoring.save_baseline() when all is well'
    END) AS problem
FROM monitoring.statement_counters(FALSE) AS c
-- Each row of a baseline says the same.
LEFT JOIN (
    SELECT max(s.saved_at) AS saved_at, max(s.reset_at) AS reset_at FROM monitoring.statement_baseline AS s
) AS b ON TRUE
WHERE c.query_id IS NULL;

COMMENT ON VIEW monitoring.statements_source IS
'Whether statements are counted, since when, and what is missing: one row.';
COMMENT ON COLUMN monitoring.statements_source.reset_at IS 'Since when statements are counted: all before is forgotten.';
COMMENT ON COLUMN monitoring.statements_source.baseline_at IS 'When monitoring.save_baseline() was last called; NULL: never.';
COMMENT ON COLUMN monitoring.statements_source.problem IS 'What is missing, and what to do; NULL when nothing is.';

GRANT SELECT ON monitoring.statements_source TO tradebase_monitor;

COMMIT;
