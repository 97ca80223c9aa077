-- Deploy tradebase:identity/staff_role to pg
-- requires: identity/staff_roles_access
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.staff_role(user_id uuid)
RETURNS identity.staff_roles
LANGUAGE sql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT r.*::identity.staff_roles
    FROM identity.staff_roles AS r
    JOIN identity.users AS u ON u.id = r.user_id
    WHERE
        r.user_id = staff_role.user_id AND r.revoked_at IS NULL AND r.expires_at > statement_timestamp()
        AND u.status = 'active';
END;

COMMENT ON FUNCTION identity.staff_role(uuid) IS
'The staff role that a user has now, NULL when none: given, not taken, not expired, and the account is active.';

GRANT EXECUTE ON FUNCTION identity.staff_role(uuid) TO tradebase_kernel, tradebase_operator;

COMMIT;
