-- Deploy tradebase:system/feature_flags to pg
-- requires: core/touch_updated_at

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE system.feature_flags (
    key              text        NOT NULL,
    description      text        NOT NULL,
    is_enabled       boolean     NOT NULL DEFAULT FALSE,
    rollout_pct      integer     NOT NULL DEFAULT 0,
    is_for_staff     boolean     NOT NULL DEFAULT FALSE,
    is_public        boolean     NOT NULL DEFAULT TRUE,
    allowed_user_ids uuid[]      NOT NULL DEFAULT '{}',
    denied_user_ids  uuid[]      NOT NULL DEFAULT '{}',
    updated_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT feature_flags_pkey PRIMARY KEY (key),
    CONSTRAINT feature_flags_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT feature_flags_description_check CHECK (length(description) BETWEEN 1 AND 500),
    CONSTRAINT feature_flags_rollout_pct_check CHECK (rollout_pct BETWEEN 0 AND 100),
    CONSTRAINT feature_flags_allowed_user_ids_check CHECK (
        cardinality(allowed_user_ids) <= 1000 AND array_position(allowed_user_ids, NULL) IS NULL
    ),
    CONSTRAINT feature_flags_denied_user_ids_check CHECK (
        cardinality(denied_user_ids) <= 1000 AND array_position(denied_user_ids, NULL) IS NULL
        AND NOT denied_user_ids && allowed_user_ids
    )
);

COMMENT ON TABLE system.feature_flags IS
'Something new that is on for some and not for others: system.is_enabled() answers for whom.';
COMMENT ON COLUMN system.feature_flags.is_enabled IS 'Kill switch: false is off for everybody, whatever else the row says.';
COMMENT ON COLUMN system.feature_flags.rollout_pct IS
'On for this many of a hundred users, always the same ones, and more of them as it grows.';
COMMENT ON COLUMN system.feature_flags.is_for_staff IS 'On for whoever has a staff role.';
COMMENT ON COLUMN system.feature_flags.is_public IS 'Clients learn whether it is on for them, by api.feature_flags().';
COMMENT ON COLUMN system.feature_flags.allowed_user_ids IS 'On for these users, at most 1000.';
COMMENT ON COLUMN system.feature_flags.denied_user_ids IS 'Off for these users, at most 1000.';

CREATE TRIGGER feature_flags_touch
BEFORE UPDATE ON system.feature_flags
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- No policy yet: until system/feature_flags_access is deployed nobody sees a row, its owner included.
ALTER TABLE system.feature_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE system.feature_flags FORCE ROW LEVEL SECURITY;

COMMIT;
