-- Deploy tradebase:ops/recovery_drills to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE ops.recovery_drills (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    kind        text        NOT NULL,
    repository  smallint,
    target      text        NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    status      text        NOT NULL,
    rpo         interval,
    rto         interval,
    detail      jsonb       NOT NULL DEFAULT '{}',

    CONSTRAINT recovery_drills_pkey PRIMARY KEY (id),
    CONSTRAINT recovery_drills_kind_check CHECK (kind IN ('archive', 'export', 'region')),
    CONSTRAINT recovery_drills_repository_check CHECK (repository BETWEEN 1 AND 2),
    -- An export lies in no repository; whatever else is restored comes out of one.
    CONSTRAINT recovery_drills_kind_repository_check CHECK ((kind = 'export') = (repository IS NULL)),
    CONSTRAINT recovery_drills_target_check CHECK (length(target) BETWEEN 1 AND 200),
    CONSTRAINT recovery_drills_finished_at_check CHECK (finished_at >= started_at),
    CONSTRAINT recovery_drills_status_check CHECK (status IN ('succeeded', 'failed')),
    CONSTRAINT recovery_drills_rpo_check CHECK (rpo >= INTERVAL '0'),
    CONSTRAINT recovery_drills_rto_check CHECK (rto >= INTERVAL '0'),
    -- A drill is good when it can say what a disaster would have cost.
    CONSTRAINT recovery_drills_status_rpo_rto_check CHECK (
        status = 'failed' OR (rpo IS NOT NULL AND rto IS NOT NULL)
    ),
    CONSTRAINT recovery_drills_detail_check CHECK (jsonb_typeof(detail) = 'object')
);

COMMENT ON TABLE ops.recovery_drills IS
'One restore that was tried and looked at, whether it was good or not; written when it is over, never changed. '
'[not audited: it is the record of what was tried]';
COMMENT ON COLUMN ops.recovery_drills.kind IS
'What came back: archive, a backup and the WAL since; export, a logical dump; region, a standby that was fed from the '
'archive alone.';
COMMENT ON COLUMN ops.recovery_drills.repository IS 'Out of which repository; NULL for an export.';
COMMENT ON COLUMN ops.recovery_drills.target IS 'Up to where, as it was asked for: name=…, lsn=…, xid=…, time=… or end.';
COMMENT ON COLUMN ops.recovery_drills.rpo IS
'How much a disaster would have cost: from the first commit that would have been lost to the disaster. '
'NULL when the drill failed before that was known.';
COMMENT ON COLUMN ops.recovery_drills.rto IS
'How long it took from the order to restore until the restored database took writes. NULL when it never did.';
COMMENT ON COLUMN ops.recovery_drills.detail IS 'What was checked and how that ended, sizes, hashes; what failed.';

-- "When did the last good one of this kind end?"
CREATE INDEX recovery_drills_succeeded_idx ON ops.recovery_drills (kind, finished_at DESC) WHERE status = 'succeeded';

-- No policy yet: until ops/recovery_drills_access is deployed nobody sees a row, its owner included.
ALTER TABLE ops.recovery_drills ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.recovery_drills FORCE ROW LEVEL SECURITY;

COMMIT;
