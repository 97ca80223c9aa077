-- Verify tradebase:ops/job_runs on pg

BEGIN;

SELECT id, job, started_at, finished_at, status, detail
FROM ops.job_runs
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.job_runs'::regclass),
        'ops.job_runs: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'ops.job_runs'::regclass),
        'ops.job_runs: an index is invalid';
END
$$;

ROLLBACK;
