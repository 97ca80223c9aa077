-- Deploy tradebase:identity/profiles to pg
-- requires: core/touch_updated_at
-- requires: identity/users
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.profiles (
    user_id            uuid        NOT NULL,
    display_name       text,
    country            text,
    timezone           text        NOT NULL DEFAULT 'UTC',
    reporting_asset_id integer,
    preferences        jsonb       NOT NULL DEFAULT '{}',
    updated_at         timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT profiles_pkey PRIMARY KEY (user_id),
    CONSTRAINT profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    CONSTRAINT profiles_reporting_asset_id_fkey FOREIGN KEY (reporting_asset_id) REFERENCES market.assets (id),
    -- One spelling per name, and nothing invisible in it: no controls, no zero-width, blank or
    -- direction-turning characters, no edge blanks.
    CONSTRAINT profiles_display_name_check CHECK (
        length(display_name) BETWEEN 1 AND 64
        AND display_name IS NFKC NORMALIZED
        AND display_name !~ (
            '[\u0001-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180B-\u180F\u200B-\u200F\u2028-\u202E\u2060-\u206F'
            '\u2800\uFEFF\uFFF9-\uFFFB]'
        )
        AND display_name = btrim(display_name)
    ),
    CONSTRAINT profiles_country_check CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT profiles_timezone_check CHECK (timezone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
    CONSTRAINT profiles_preferences_check CHECK (
        jsonb_typeof(preferences) = 'object' AND pg_column_size(preferences) <= 8192
    )
);

COMMENT ON TABLE identity.profiles IS
'What a customer says of themself and wants to see. Nothing here decides what they may do.';
COMMENT ON COLUMN identity.profiles.display_name IS 'NULL until the user chose one. [personal]';
COMMENT ON COLUMN identity.profiles.country IS 'ISO 3166-1 alpha-2; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.profiles.timezone IS
'IANA name, for display alone: everything is kept in UTC. [personal]';
COMMENT ON COLUMN identity.profiles.reporting_asset_id IS 'Asset that totals are shown in; NULL for the platform''s.';
COMMENT ON COLUMN identity.profiles.preferences IS 'Settings of the client program, at most 8 kB. [personal]';

CREATE INDEX profiles_reporting_asset_id_idx ON identity.profiles (reporting_asset_id)
WHERE reporting_asset_id IS NOT NULL;

CREATE TRIGGER profiles_touch
BEFORE UPDATE ON identity.profiles
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- No policy yet: until identity/profiles_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.profiles FORCE ROW LEVEL SECURITY;

COMMIT;
