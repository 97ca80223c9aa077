-- Deploy tradebase:identity/edit_profile to pg
-- requires: identity/acting_user_id
-- requires: identity/profiles_access

BEGIN;

CALL ops.guard_deploy();

-- With the caller's own rights: which row and which columns are theirs to change identity/profiles_access says.
CREATE FUNCTION identity.edit_profile(changes jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    acting         CONSTANT uuid := identity.acting_user_id();
    editable       CONSTANT text[] := ARRAY['display_name', 'country', 'timezone', 'preferences'];
    profile        identity.profiles%ROWTYPE;
    constraint_hit text;
BEGIN
    IF jsonb_typeof(changes) IS DISTINCT FROM 'object' OR changes - editable <> '{}' THEN
        RAISE EXCEPTION 'invalid changes'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'changes', 'expected', 'an object with some of display_name, country, timezone, preferences'
            );
    END IF;

    UPDATE identity.profiles AS p
    SET
        display_name = CASE WHEN changes ? 'display_name' THEN changes ->> 'display_name' ELSE p.display_name END,
        country = CASE WHEN changes ? 'country' THEN changes ->> 'country' ELSE p.country END,
        timezone = CASE WHEN changes ? 'timezone' THEN coalesce(changes ->> 'timezone', 'UTC') ELSE p.timezone END,
        preferences = CASE
            WHEN changes ? 'preferences' THEN coalesce(nullif(changes -> 'preferences', 'null'), '{}')
            ELSE p.preferences
        END
    WHERE p.user_id = acting
    RETURNING * INTO profile;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', acting);
    END IF;
    RETURN jsonb_build_object(
        'display_name', profile.display_name, 'country', profile.country, 'timezone', profile.timezone,
        'preferences', profile.preferences
    );
EXCEPTION WHEN check_violation THEN
    -- The table knows what each column takes; its constraints are named after them.
    GET STACKED DIAGNOSTICS constraint_hit = CONSTRAINT_NAME;
    RAISE EXCEPTION 'invalid %', substring(constraint_hit FROM '^profiles_(.*)_check$')
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', substring(constraint_hit FROM '^profiles_(.*)_check$')
        );
END
$$;

COMMENT ON FUNCTION identity.edit_profile(jsonb) IS
'Changes what the caller says of themself: of {display_name, country, timezone, preferences} what is given, null for '
'none; answers all four. TR008, TR501: see identity.acting_user_id(). TR010 another key, or a value that cannot be, '
'TR012 unknown user.';

GRANT EXECUTE ON FUNCTION identity.edit_profile(jsonb) TO authenticated;

COMMIT;
