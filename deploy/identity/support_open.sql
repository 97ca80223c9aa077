-- Deploy tradebase:identity/support_open to pg
-- requires: identity/set_user_status
-- requires: identity/staff_role
-- requires: identity/support_close

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.support_open(user_id uuid, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    acting uuid;
    opened identity.support_openings%ROWTYPE;
BEGIN
    acting := identity.acting_user_id();
    IF (identity.staff_role(acting)).role IS DISTINCT FROM 'tradebase_support' THEN
        RAISE EXCEPTION 'the user is not support'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('expected', 'tradebase_support');
    END IF;
    -- Not core.give_reason(): it stays in support_openings, where it can be erased, and gets into no other record.
    IF (length(btrim(reason)) BETWEEN 1 AND 500) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid reason'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'reason', 'expected', '1 to 500 characters'
            );
    END IF;
    -- Who was erased stays so: no reason names them again.
    PERFORM FROM identity.users AS u
    WHERE u.id = support_open.user_id AND u.kind = 'customer' AND u.erased_at IS NULL AND u.id <> acting;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;
    -- Two requests of one person at once: the second opens after the first, and closes it.
    PERFORM FROM identity.users AS u WHERE u.id = acting FOR NO KEY UPDATE;
    PERFORM identity.support_close();
    INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
    SELECT acting, support_open.user_id, support_open.reason, c.now_at, c.now_at + INTERVAL '15 minutes'
    FROM (SELECT clock_timestamp() AS now_at) AS c
    RETURNING * INTO opened;
    RETURN jsonb_build_object('user_id', opened.user_id, 'expires_at', opened.expires_at);
END
$$;

COMMENT ON FUNCTION identity.support_open(uuid, text) IS
'Opens a customer to the caller, who is support, for fifteen minutes: until then, or until they close it or open '
'another, they see that customer''s data and nobody else''s. TR008 caller is not support, TR010 no reason, TR012 '
'unknown or erased user, or oneself, TR501 the caller''s session is over.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.support_open(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.support_open(uuid, text) TO tradebase_support;

COMMIT;
