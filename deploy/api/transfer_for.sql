-- Deploy tradebase:api/transfer_for to pg
-- requires: portfolio/transfer_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.transfer_for(user_id uuid, to_user_id uuid, asset text, amount numeric, idempotency_key text)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.transfer_for(user_id, to_user_id, asset, amount, idempotency_key);

COMMENT ON FUNCTION api.transfer_for(uuid, uuid, text, numeric, text) IS
'Sends money of a user whom the service has authenticated; see portfolio.transfer_for().';

GRANT EXECUTE ON FUNCTION api.transfer_for(uuid, uuid, text, numeric, text) TO service_role;

COMMIT;
