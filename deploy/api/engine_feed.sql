-- Deploy tradebase:api/engine_feed to pg
-- requires: trading/engine_feed

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.engine_feed(market text, after bigint, max_rows integer DEFAULT 1000)
RETURNS TABLE (seq bigint, kind text, order_id uuid, created_at timestamptz, payload jsonb)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT f.* FROM trading.engine_feed(engine_feed.market, engine_feed.after, engine_feed.max_rows) AS f;
END;

COMMENT ON FUNCTION api.engine_feed(text, bigint, integer) IS
'What a markets engine has to do next; see trading.engine_feed().';

GRANT EXECUTE ON FUNCTION api.engine_feed(text, bigint, integer) TO tradebase_engine;

COMMIT;
