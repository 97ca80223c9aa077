-- Deploy tradebase:identity/set_user_status to pg
-- requires: core/give_reason
-- requires: identity/revoke_sessions_for
-- requires: identity/users_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.set_user_status(user_id uuid, status text, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former text;
BEGIN
    PERFORM core.give_reason(reason);
    IF status IS NULL OR status NOT IN ('active', 'restricted', 'suspended', 'closed') THEN
        RAISE EXCEPTION 'invalid status'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'status', 'expected', 'active, restricted, suspended or closed'
            );
    END IF;
    SELECT u.status INTO former
    FROM identity.users AS u WHERE u.id = set_user_status.user_id AND u.kind = 'customer' FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    ELSIF former = 'closed' AND status <> 'closed' THEN
        RAISE EXCEPTION 'the account is closed'
            USING ERRCODE = 'TR503', DETAIL = jsonb_build_object('status', former),
            HINT = 'Whoever comes back signs up again.';
    END IF;

    UPDATE identity.users AS u SET status = set_user_status.status
    WHERE u.id = set_user_status.user_id AND u.status <> set_user_status.status;
    -- Who is suspended may sign in again, and read; what they hold now ends, as everything does with the account.
    IF status IN ('suspended', 'closed') THEN
        PERFORM identity.revoke_sessions_for(user_id);
    END IF;
    RETURN jsonb_build_object('user_id', user_id, 'status', status);
END
$$;

COMMENT ON FUNCTION identity.set_user_status(uuid, text, text) IS
'Gives a customer another status: active, restricted (may only close positions), suspended (may sign in and read), '
'closed (for good). Suspending and closing end every session; open orders and balances stay as they are. TR010 '
'invalid argument or no reason, TR012 unknown user, TR503 closed already.';

GRANT UPDATE (status) ON identity.users TO tradebase_kernel;
GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.set_user_status(uuid, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.set_user_status(uuid, text, text) TO tradebase_operator;

COMMIT;
