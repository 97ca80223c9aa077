-- Deploy tradebase:api/transfer to pg
-- requires: portfolio/transfer

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.transfer(to_user_id uuid, asset text, amount numeric, idempotency_key text)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.transfer(to_user_id, asset, amount, idempotency_key);

COMMENT ON FUNCTION api.transfer(uuid, text, numeric, text) IS
'Sends my money to another user; see portfolio.transfer_for() for what it answers and refuses. Send amount as a '
'string: a JSON number may have lost digits already.';

GRANT EXECUTE ON FUNCTION api.transfer(uuid, text, numeric, text) TO authenticated;

COMMIT;
