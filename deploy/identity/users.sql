-- Deploy tradebase:identity/users to pg
-- requires: core/touch_updated_at

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.users (
    id           uuid        NOT NULL,
    kind         text        NOT NULL DEFAULT 'customer',
    -- Only a customer can sign in: the generated column lets one foreign key hold for them and skip system accounts.
    auth_user_id uuid        GENERATED ALWAYS AS (CASE WHEN kind = 'customer' THEN id END) STORED,
    status       text        NOT NULL DEFAULT 'active',
    stp_group    uuid        NOT NULL,
    fee_tier     text        NOT NULL DEFAULT 'standard',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_auth_user_id_fkey FOREIGN KEY (auth_user_id) REFERENCES auth.users (id) ON DELETE RESTRICT,
    CONSTRAINT users_kind_check CHECK (kind IN ('customer', 'system')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'restricted', 'suspended', 'closed')),
    CONSTRAINT users_fee_tier_check CHECK (fee_tier ~ '^[a-z0-9_]{1,32}$')
);

COMMENT ON TABLE identity.users IS
'Somebody who can hold a balance: a customer who signs in through auth.users, or one of the platform''s own accounts.';
COMMENT ON COLUMN identity.users.id IS 'The same as auth.users.id for a customer; fixed for a system account.';
COMMENT ON COLUMN identity.users.auth_user_id IS 'The id again for a customer, NULL for a system account.';
COMMENT ON COLUMN identity.users.status IS 'restricted may only close positions; suspended and closed may do nothing.';
COMMENT ON COLUMN identity.users.stp_group IS
'Users of one group never trade with each other; the user''s own id when they are alone.';
COMMENT ON COLUMN identity.users.fee_tier IS 'Row of the fee schedule that applies.';

-- Not unique, which the primary key makes it anyway: a generated column counts as changed where a trigger goes before
-- the update, and one of a unique key would make every change of a row wait for all that refers to it.
CREATE INDEX users_auth_user_id_idx ON identity.users (auth_user_id);
CREATE INDEX users_stp_group_idx ON identity.users (stp_group) WHERE stp_group <> id;

CREATE TRIGGER users_touch
BEFORE UPDATE ON identity.users
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- Fees, external, adjustment: accounts of the ledger, without a balance row.
INSERT INTO identity.users (id, kind, stp_group) VALUES
('00000000-0000-7000-8000-000000000001', 'system', '00000000-0000-7000-8000-000000000001'),
('00000000-0000-7000-8000-000000000002', 'system', '00000000-0000-7000-8000-000000000002'),
('00000000-0000-7000-8000-000000000003', 'system', '00000000-0000-7000-8000-000000000003');

-- No policy yet: until identity/users_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.users FORCE ROW LEVEL SECURITY;

COMMIT;
