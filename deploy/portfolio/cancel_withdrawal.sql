-- Deploy tradebase:portfolio/cancel_withdrawal to pg
-- requires: identity/acting_user_id
-- requires: portfolio/cancel_withdrawal_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.cancel_withdrawal(transfer_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN portfolio.cancel_withdrawal_for(identity.acting_user_id(), transfer_id);
END
$$;

COMMENT ON FUNCTION portfolio.cancel_withdrawal(uuid) IS
'Cancels a withdrawal of who is signed in, as long as it was not sent: see portfolio.cancel_withdrawal_for(). A user '
'has no proof to give.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.cancel_withdrawal(uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.cancel_withdrawal(uuid) TO authenticated;

COMMIT;
