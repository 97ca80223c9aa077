-- Deploy tradebase:identity/ensure_user to pg
-- requires: identity/users_access
-- requires: identity/profiles_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.ensure_user(user_id uuid)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    users_made    integer;
    profiles_made integer;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'user_id is needed' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_id');
    END IF;

    INSERT INTO identity.users (id, stp_group)
    VALUES (ensure_user.user_id, ensure_user.user_id)
    ON CONFLICT ON CONSTRAINT users_pkey DO NOTHING;
    GET DIAGNOSTICS users_made = ROW_COUNT;

    INSERT INTO identity.profiles (user_id)
    SELECT u.id FROM identity.users AS u WHERE u.id = ensure_user.user_id AND u.kind = 'customer'
    ON CONFLICT ON CONSTRAINT profiles_pkey DO NOTHING;
    GET DIAGNOSTICS profiles_made = ROW_COUNT;

    RETURN users_made + profiles_made > 0;
EXCEPTION WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id),
        HINT = 'The user must exist in auth.users first.';
END
$$;

COMMENT ON FUNCTION identity.ensure_user(uuid) IS
'Gives a user of auth.users the rows they need here, and repairs one who lacks them. Returns whether any was missing. '
'TR012 not in auth.users.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.ensure_user(uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.ensure_user(uuid) TO service_role, tradebase_operator;

COMMIT;
