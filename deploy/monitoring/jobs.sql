-- Deploy tradebase:monitoring/jobs to pg
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.jobs WITH (security_invoker = TRUE) AS
-- From name to name by the index, however many runs each has.
WITH RECURSIVE name (job) AS (
    (SELECT j.job FROM ops.job_runs AS j ORDER BY j.job LIMIT 1)
    UNION ALL
    SELECT (SELECT j.job FROM ops.job_runs AS j WHERE j.job > n.job ORDER BY j.job LIMIT 1)
    FROM name AS n
    WHERE n.job IS NOT NULL
)

SELECT
    n.job, last.status, last.started_at, last.finished_at,
    round(extract(EPOCH FROM last.finished_at - last.started_at), 3) AS took_seconds,
    round(extract(EPOCH FROM clock_timestamp() - last.started_at), 3) AS age_seconds,
    f.failures, f.open_failures, f.message
FROM name AS n
CROSS JOIN LATERAL (
    SELECT j.* FROM ops.job_runs AS j WHERE j.job = n.job ORDER BY j.started_at DESC LIMIT 1
) AS last
CROSS JOIN LATERAL (
    SELECT
        count(*) AS failures, count(*) FILTER (WHERE later.id IS NULL) AS open_failures,
        (
            array_agg(left(j.detail ->> 'message', 200) ORDER BY j.started_at DESC) FILTER (WHERE later.id IS NULL)
        )[1] AS message
    FROM ops.job_runs AS j
    LEFT JOIN LATERAL (
        SELECT r.id FROM ops.job_runs AS r
        WHERE
            r.job = j.job AND r.started_at > j.started_at AND r.status = 'succeeded'
            -- One market's success is not another's.
            AND r.detail ->> 'market' IS NOT DISTINCT FROM j.detail ->> 'market'
        ORDER BY r.started_at
        LIMIT 1
    ) AS later ON TRUE
    WHERE j.job = n.job AND j.status = 'failed' AND j.started_at > clock_timestamp() - INTERVAL '1 day'
) AS f
WHERE n.job IS NOT NULL;

COMMENT ON VIEW monitoring.jobs IS
'Each job''s last run, and what failed within a day.';
COMMENT ON COLUMN monitoring.jobs.failures IS 'Runs that failed within a day.';
COMMENT ON COLUMN monitoring.jobs.open_failures IS 'Of these, what no run of the same job has done since.';
COMMENT ON COLUMN monitoring.jobs.message IS 'What the last of them says.';

GRANT SELECT ON monitoring.jobs TO tradebase_monitor;

COMMIT;
