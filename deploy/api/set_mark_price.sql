-- Deploy tradebase:api/set_mark_price to pg
-- requires: market/set_mark_price

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.set_mark_price(market text, price numeric, at timestamptz)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN market.set_mark_price(market, price, at);

COMMENT ON FUNCTION api.set_mark_price(text, numeric, timestamptz) IS
'What a market''s positions are worth now; see market.set_mark_price() for what it answers and refuses.';

GRANT EXECUTE ON FUNCTION api.set_mark_price(text, numeric, timestamptz) TO service_role, tradebase_engine;

COMMIT;
