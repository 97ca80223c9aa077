-- Deploy tradebase:portfolio/transfer to pg
-- requires: identity/acting_user_id
-- requires: portfolio/transfer_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.transfer(to_user_id uuid, asset text, amount numeric, idempotency_key text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN portfolio.transfer_for(identity.acting_user_id(), to_user_id, asset, amount, idempotency_key);
END
$$;

COMMENT ON FUNCTION portfolio.transfer(uuid, text, numeric, text) IS
'Sends money of who is signed in to another user: see portfolio.transfer_for().';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.transfer(uuid, text, numeric, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.transfer(uuid, text, numeric, text) TO authenticated;

COMMIT;
