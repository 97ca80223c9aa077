-- Deploy tradebase:api/order_book to pg
-- requires: trading/order_book

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.order_book(market text, depth integer DEFAULT 50)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
RETURN trading.order_book(market, depth);

COMMENT ON FUNCTION api.order_book(text, integer) IS 'The book of a market by price level; see trading.order_book().';

GRANT EXECUTE ON FUNCTION api.order_book(text, integer) TO anon, authenticated;

COMMIT;
