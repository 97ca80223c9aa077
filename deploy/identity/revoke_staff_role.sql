-- Deploy tradebase:identity/revoke_staff_role to pg
-- requires: core/give_reason
-- requires: core/made_by
-- requires: identity/revoke_sessions_for
-- requires: identity/set_user_status
-- requires: identity/staff_roles_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.revoke_staff_role(user_id uuid, reason text)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM core.give_reason(reason);
    -- One at a time about each person.
    PERFORM FROM identity.users AS u WHERE u.id = revoke_staff_role.user_id AND u.kind = 'customer' FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;
    UPDATE identity.staff_roles AS r SET revoked_at = clock_timestamp(), revoked_by = core.made_by()
    WHERE r.user_id = revoke_staff_role.user_id AND r.revoked_at IS NULL;
    IF NOT found THEN
        RETURN FALSE;
    END IF;
    -- A token that names the role is renewed no more.
    PERFORM identity.revoke_sessions_for(user_id);
    RETURN TRUE;
END
$$;

COMMENT ON FUNCTION identity.revoke_staff_role(uuid, text) IS
'Takes a user''s staff role and ends their sessions; returns whether there was one. A token that was given out runs '
'as its role until it expires: keep the tokens of staff short. TR010 no reason, TR012 unknown user.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.revoke_staff_role(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.revoke_staff_role(uuid, text) TO tradebase_operator;

COMMIT;
