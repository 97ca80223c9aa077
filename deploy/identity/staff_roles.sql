-- Deploy tradebase:identity/staff_roles to pg
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.staff_roles (
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL,
    granted_by jsonb       NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT 'infinity',
    revoked_by jsonb,
    revoked_at timestamptz,

    CONSTRAINT staff_roles_pkey PRIMARY KEY (id),
    CONSTRAINT staff_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    -- People's roles only: engine, worker and kernel are programs.
    CONSTRAINT staff_roles_role_check CHECK (
        role IN (
            'tradebase_operator', 'tradebase_support', 'tradebase_auditor', 'tradebase_reporter', 'tradebase_monitor'
        )
    ),
    CONSTRAINT staff_roles_granted_by_check CHECK (pg_column_size(granted_by) <= 1000),
    CONSTRAINT staff_roles_expires_at_check CHECK (expires_at > granted_at),
    CONSTRAINT staff_roles_revoked_at_check CHECK (revoked_at >= granted_at),
    CONSTRAINT staff_roles_revoked_by_check CHECK (
        (revoked_by IS NOT NULL) = (revoked_at IS NOT NULL) AND pg_column_size(revoked_by) <= 1000
    )
);

COMMENT ON TABLE identity.staff_roles IS
'A role of the database that somebody who works here has, from one time to another: rows end and are never removed. '
'identity.access_token_hook() puts it into their tokens.';
COMMENT ON COLUMN identity.staff_roles.role IS 'The database role that their requests run as.';
COMMENT ON COLUMN identity.staff_roles.granted_by IS 'Who gave it: see core.made_by().';
COMMENT ON COLUMN identity.staff_roles.expires_at IS 'It counts no longer from then on; infinity until it is revoked.';
COMMENT ON COLUMN identity.staff_roles.revoked_by IS
'Who took it, or gave another in its place; NULL unless revoked.';

-- A token names one role, so a person has one at a time.
CREATE UNIQUE INDEX staff_roles_standing_idx ON identity.staff_roles (user_id) WHERE revoked_at IS NULL;
CREATE INDEX staff_roles_user_id_granted_at_idx ON identity.staff_roles (user_id, granted_at DESC);

-- No policy yet: until identity/staff_roles_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.staff_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.staff_roles FORCE ROW LEVEL SECURITY;

COMMIT;
