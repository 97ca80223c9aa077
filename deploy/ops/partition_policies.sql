-- Deploy tradebase:ops/partition_policies to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE ops.partition_policies (
    parent    regclass NOT NULL,
    period    text     NOT NULL,
    premake   integer  NOT NULL DEFAULT 3,
    retention interval,
    action    text     NOT NULL DEFAULT 'detach',

    CONSTRAINT partition_policies_pkey PRIMARY KEY (parent),
    CONSTRAINT partition_policies_period_check CHECK (period IN ('day', 'week', 'month', 'year')),
    CONSTRAINT partition_policies_premake_check CHECK (premake BETWEEN 3 AND 100),
    CONSTRAINT partition_policies_retention_check CHECK (retention > INTERVAL '0'),
    CONSTRAINT partition_policies_action_check CHECK (action IN ('detach', 'export', 'drop'))
);

COMMENT ON TABLE ops.partition_policies IS
'A partitioned table whose leaves are made for it. What is not listed here no partition function touches.';
COMMENT ON COLUMN ops.partition_policies.period IS 'Time one leaf holds, in UTC; a week begins on Monday.';
COMMENT ON COLUMN ops.partition_policies.premake IS 'Leaves kept ready after the one that holds today.';
COMMENT ON COLUMN ops.partition_policies.retention IS 'Age at which a leaf may be retired; NULL keeps every leaf.';
COMMENT ON COLUMN ops.partition_policies.action IS
'What becomes of a leaf that is older: detach parks it in the attic, export has it written to a file and dropped then, '
'drop drops it.';

ALTER TABLE ops.partition_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.partition_policies FORCE ROW LEVEL SECURITY;

COMMIT;
