-- Deploy tradebase:api/request_withdrawal_for to pg
-- requires: portfolio/request_withdrawal_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.request_withdrawal_for(
    user_id uuid, asset text, amount numeric, idempotency_key text, destination text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.request_withdrawal_for(user_id, asset, amount, idempotency_key, destination);

COMMENT ON FUNCTION api.request_withdrawal_for(uuid, text, numeric, text, text) IS
'Requests a withdrawal for a user whom the service has authenticated; see portfolio.request_withdrawal_for().';

GRANT EXECUTE ON FUNCTION api.request_withdrawal_for(uuid, text, numeric, text, text) TO service_role;

COMMIT;
