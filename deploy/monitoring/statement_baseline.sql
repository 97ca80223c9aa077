-- Deploy tradebase:monitoring/statement_baseline to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE monitoring.statement_baseline (
    query_id    bigint      NOT NULL,
    role        text        NOT NULL,
    is_toplevel boolean     NOT NULL,
    calls       bigint      NOT NULL,
    total_us    bigint      NOT NULL,
    buffers     bigint      NOT NULL,
    saved_at    timestamptz NOT NULL,
    reset_at    timestamptz NOT NULL,

    CONSTRAINT statement_baseline_pkey PRIMARY KEY (query_id, role, is_toplevel),
    CONSTRAINT statement_baseline_role_check CHECK (length(role) BETWEEN 1 AND 63),
    CONSTRAINT statement_baseline_calls_check CHECK (calls >= 0),
    CONSTRAINT statement_baseline_total_us_check CHECK (total_us >= 0),
    CONSTRAINT statement_baseline_buffers_check CHECK (buffers >= 0)
);

COMMENT ON TABLE monitoring.statement_baseline IS
'What pg_stat_statements had counted of a statement when monitoring.save_baseline() was last called: how things were when '
'they were well. [not audited: it is a measurement]';
COMMENT ON COLUMN monitoring.statement_baseline.query_id IS 'PostgreSQL''s number of the statement, whatever its values.';
COMMENT ON COLUMN monitoring.statement_baseline.total_us IS 'Microseconds that all its calls took.';
COMMENT ON COLUMN monitoring.statement_baseline.buffers IS 'Pages of 8 kB that all its calls asked for, found in memory or not.';
COMMENT ON COLUMN monitoring.statement_baseline.reset_at IS
'Since when the statistics had counted. Of another beginning they do not compare.';

ALTER TABLE monitoring.statement_baseline ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring.statement_baseline FORCE ROW LEVEL SECURITY;

COMMIT;
