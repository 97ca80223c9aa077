-- Deploy tradebase:ops/job_runs to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE ops.job_runs (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    job         text        NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status      text        NOT NULL DEFAULT 'running',
    detail      jsonb       NOT NULL DEFAULT '{}',

    CONSTRAINT job_runs_pkey PRIMARY KEY (id),
    CONSTRAINT job_runs_job_check CHECK (job ~ '^[a-z_]+\.[a-z0-9_]+$'),
    CONSTRAINT job_runs_status_check CHECK (status IN ('running', 'succeeded', 'failed')),
    CONSTRAINT job_runs_finished_at_check CHECK (
        (status = 'running') = (finished_at IS NULL) AND finished_at >= started_at
    ),
    CONSTRAINT job_runs_detail_check CHECK (jsonb_typeof(detail) = 'object')
);

COMMENT ON TABLE ops.job_runs IS
'One run of a background job, or one failure of a trigger that must not fail its statement. '
'[not audited: it is the record of what ran]';
COMMENT ON COLUMN ops.job_runs.job IS 'The function that ran, as schema.function.';
COMMENT ON COLUMN ops.job_runs.finished_at IS 'NULL while it runs.';
COMMENT ON COLUMN ops.job_runs.detail IS 'What the job did, or sqlstate and message of what stopped it.';

-- "When did this last run, and how did it end?"
CREATE INDEX job_runs_job_idx ON ops.job_runs (job, started_at DESC);
-- "What failed of late?", of which there is little among very many.
CREATE INDEX job_runs_failed_idx ON ops.job_runs (job, started_at DESC) WHERE status = 'failed';

ALTER TABLE ops.job_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.job_runs FORCE ROW LEVEL SECURITY;

COMMIT;
