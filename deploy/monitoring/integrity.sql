-- Deploy tradebase:monitoring/integrity to pg
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.integrity WITH (security_invoker = TRUE) AS
SELECT
    j.finished_at, round(extract(EPOCH FROM clock_timestamp() - j.finished_at), 3) AS age_seconds,
    round(extract(EPOCH FROM j.finished_at - j.started_at), 3) AS took_seconds, j.status,
    (SELECT count(*) FROM jsonb_object_keys(j.detail -> 'violated')) AS violated,
    coalesce(j.detail -> 'violated', '{}') AS checks,
    j.detail ->> 'message' AS message
FROM ops.job_runs AS j
WHERE j.job = 'ops.verify_integrity' AND j.status <> 'running'
ORDER BY j.started_at DESC
LIMIT 1;

COMMENT ON VIEW monitoring.integrity IS
'What ops.verify_integrity() found when ops.run_job() last ran it, once a day: one row, none when it never ran.';
COMMENT ON COLUMN monitoring.integrity.violated IS 'How many promises of the books are broken.';
COMMENT ON COLUMN monitoring.integrity.checks IS 'Which, and how many rows violate it: {"I2 …": 3}. Whose, ops.verify_integrity() says.';
COMMENT ON COLUMN monitoring.integrity.message IS 'Why it failed.';

GRANT SELECT ON monitoring.integrity TO tradebase_monitor;

COMMIT;
