-- Deploy tradebase:identity/support_openings to pg
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.support_openings (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    staff_user_id uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    reason        text        NOT NULL,
    opened_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    closed_at     timestamptz,

    CONSTRAINT support_openings_pkey PRIMARY KEY (id),
    CONSTRAINT support_openings_staff_user_id_fkey FOREIGN KEY (staff_user_id)
    REFERENCES identity.users (id) ON DELETE RESTRICT,
    CONSTRAINT support_openings_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    CONSTRAINT support_openings_user_id_check CHECK (user_id <> staff_user_id),
    CONSTRAINT support_openings_reason_check CHECK (length(reason) BETWEEN 1 AND 500),
    CONSTRAINT support_openings_expires_at_check CHECK (
        expires_at > opened_at AND expires_at <= opened_at + INTERVAL '15 minutes'
    ),
    CONSTRAINT support_openings_closed_at_check CHECK (closed_at >= opened_at)
);

COMMENT ON TABLE identity.support_openings IS
'A customer opened to somebody of support: what tradebase_support sees is decided by it, and it stays on record. '
'[not audited: it is the record of every look]';
COMMENT ON COLUMN identity.support_openings.staff_user_id IS 'Who looked.';
COMMENT ON COLUMN identity.support_openings.user_id IS 'Whose data.';
COMMENT ON COLUMN identity.support_openings.reason IS 'Why, in the words of who looked. [personal]';
COMMENT ON COLUMN identity.support_openings.expires_at IS 'Nothing is seen from then on: fifteen minutes later at most.';
COMMENT ON COLUMN identity.support_openings.closed_at IS
'When they were done, or opened the next; NULL while it is open or when it ended by time.';

-- One customer at a time.
CREATE UNIQUE INDEX support_openings_open_idx ON identity.support_openings (staff_user_id) WHERE closed_at IS NULL;
CREATE INDEX support_openings_staff_user_id_opened_at_idx
ON identity.support_openings (staff_user_id, opened_at DESC);
CREATE INDEX support_openings_user_id_opened_at_idx ON identity.support_openings (user_id, opened_at DESC);

-- No policy yet: until identity/support_openings_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.support_openings ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.support_openings FORCE ROW LEVEL SECURITY;

COMMIT;
