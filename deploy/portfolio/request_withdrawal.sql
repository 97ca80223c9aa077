-- Deploy tradebase:portfolio/request_withdrawal to pg
-- requires: identity/acting_user_id
-- requires: portfolio/request_withdrawal_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.request_withdrawal(
    asset text, amount numeric, idempotency_key text, destination text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN portfolio.request_withdrawal_for(identity.acting_user_id(), asset, amount, idempotency_key, destination);
END
$$;

COMMENT ON FUNCTION portfolio.request_withdrawal(text, numeric, text, text) IS
'Requests a withdrawal for who is signed in: see portfolio.request_withdrawal_for().';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.request_withdrawal(text, numeric, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.request_withdrawal(text, numeric, text, text) TO authenticated;

COMMIT;
