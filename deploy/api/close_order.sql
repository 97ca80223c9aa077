-- Deploy tradebase:api/close_order to pg
-- requires: trading/close_order

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.close_order(order_id uuid, status text, reason text, seq bigint)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.close_order(order_id, status, reason, seq);

COMMENT ON FUNCTION api.close_order(uuid, text, text, bigint) IS
'An engine ends one order without a trade; see trading.close_order().';

GRANT EXECUTE ON FUNCTION api.close_order(uuid, text, text, bigint) TO service_role, tradebase_engine;

COMMIT;
