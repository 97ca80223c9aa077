-- Deploy tradebase:identity/grant_staff_role to pg
-- requires: identity/revoke_staff_role

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.grant_staff_role(user_id uuid, role text, reason text, expires_at timestamptz DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong_argument CONSTANT text := CASE
        WHEN user_id IS NULL THEN 'user_id'
        -- Nobody makes themself something else.
        WHEN user_id = core.current_user_id() THEN 'user_id'
        WHEN expires_at <= clock_timestamp() THEN 'expires_at'
    END;
    given          identity.staff_roles%ROWTYPE;
BEGIN
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument WHEN 'user_id' THEN 'somebody else' ELSE 'a time to come' END
            );
    END IF;
    PERFORM identity.revoke_staff_role(user_id, reason);
    PERFORM FROM identity.users AS u WHERE u.id = grant_staff_role.user_id AND u.status = 'active';
    IF NOT found THEN
        RAISE EXCEPTION 'the user may have no role'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('expected', 'an active user');
    END IF;
    INSERT INTO identity.staff_roles (user_id, role, granted_by, granted_at, expires_at)
    VALUES (
        grant_staff_role.user_id, grant_staff_role.role, core.made_by(), clock_timestamp(),
        coalesce(grant_staff_role.expires_at, 'infinity')
    )
    RETURNING * INTO given;
    RETURN jsonb_build_object('user_id', user_id, 'role', given.role, 'expires_at', given.expires_at);
EXCEPTION WHEN check_violation OR not_null_violation THEN
    -- The table knows the roles that people may have.
    RAISE EXCEPTION 'invalid role'
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'role',
            'expected', 'tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter or tradebase_monitor'
        );
END
$$;

COMMENT ON FUNCTION identity.grant_staff_role(uuid, text, text, timestamptz) IS
'Gives a user a staff role in place of the one they had, until a time or until it is taken; their next token has it. '
'TR008 user is not active, TR010 unknown role, a time gone by, oneself, or no reason, TR012 unknown user.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.grant_staff_role(uuid, text, text, timestamptz) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.grant_staff_role(uuid, text, text, timestamptz) TO tradebase_operator;

COMMIT;
