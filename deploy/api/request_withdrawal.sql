-- Deploy tradebase:api/request_withdrawal to pg
-- requires: portfolio/request_withdrawal

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.request_withdrawal(asset text, amount numeric, idempotency_key text, destination text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.request_withdrawal(asset, amount, idempotency_key, destination);

COMMENT ON FUNCTION api.request_withdrawal(text, numeric, text, text) IS
'Requests my withdrawal; see portfolio.request_withdrawal_for() for what it answers and refuses. Send amount as a '
'string: a JSON number may have lost digits already.';

GRANT EXECUTE ON FUNCTION api.request_withdrawal(text, numeric, text, text) TO authenticated;

COMMIT;
