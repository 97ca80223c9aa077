-- Deploy tradebase:api/settle_trades to pg
-- requires: trading/settle_trades

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.settle_trades(batches jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.settle_trades(batches);

COMMENT ON FUNCTION api.settle_trades(jsonb) IS 'Settles what an external engine did; see trading.settle_trades().';

GRANT EXECUTE ON FUNCTION api.settle_trades(jsonb) TO service_role, tradebase_engine;

COMMIT;
