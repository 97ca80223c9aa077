-- Deploy tradebase:trading/tell_orders to pg
-- requires: events/outbox_access
-- requires: market/markets_access
-- requires: trading/order_event

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.tell_orders(orders trading.orders[], book_changes numeric[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o      trading.orders;
    symbol text;
BEGIN
    -- One order is what most commands are about: nothing to group, and a third of the time.
    IF cardinality(orders) = 1 THEN
        o := orders[1];
        symbol := (SELECT m.symbol FROM market.markets AS m WHERE m.id = o.market_id);
        INSERT INTO events.outbox (topic, event, payload)
        SELECT v.topic, v.event, v.payload
        FROM (VALUES
            ('user:' || o.user_id, 'orders', jsonb_build_object('orders', jsonb_build_array(
                trading.order_event(o, symbol)
            ))),
            ('market:' || symbol, 'book', CASE WHEN book_changes[1] <> 0 THEN jsonb_build_object('book', jsonb_build_array(
                jsonb_build_array(o.side, trim_scale(o.price)::text, trim_scale(book_changes[1])::text)
            )) END)
        ) AS v (topic, event, payload)
        WHERE v.payload IS NOT NULL;
        RETURN;
    END IF;

    INSERT INTO events.outbox (topic, event, payload)
    SELECT
        'user:' || x.user_id, 'orders',
        jsonb_build_object('orders', jsonb_agg(trading.order_event(x.o, x.symbol) ORDER BY x.seq))
    FROM (
        SELECT t.user_id, t.seq, m.symbol, t::trading.orders AS o
        FROM unnest(orders) AS t
        CROSS JOIN LATERAL (SELECT k.symbol FROM market.markets AS k WHERE k.id = t.market_id OFFSET 0) AS m
    ) AS x
    GROUP BY x.user_id;
    INSERT INTO events.outbox (topic, event, payload)
    SELECT
        'market:' || l.symbol, 'book',
        jsonb_build_object('book', jsonb_agg(
            jsonb_build_array(l.side, trim_scale(l.price)::text, trim_scale(l.change)::text) ORDER BY l.side, l.price
        ))
    FROM (
        SELECT m.symbol, t.side, t.price::numeric, sum(c.change) AS change
        FROM unnest(orders) WITH ORDINALITY AS t
        JOIN unnest(book_changes) WITH ORDINALITY AS c (change, n) ON c.n = t.ordinality AND c.change <> 0
        CROSS JOIN LATERAL (SELECT k.symbol FROM market.markets AS k WHERE k.id = t.market_id OFFSET 0) AS m
        GROUP BY m.symbol, t.side, t.price::numeric
    ) AS l
    WHERE l.change <> 0
    GROUP BY l.symbol;
END
$$;

COMMENT ON FUNCTION trading.tell_orders(trading.orders[], numeric[]) IS
'Tells each user in the outbox what became of their orders, and each market by how much its book changed: book_changes '
'has for each order what it added to its level (less than 0: took away), 0 or NULL where it was not in the book. The '
'caller holds the markets'' locks.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.tell_orders(trading.orders[], numeric[]) TO tradebase_kernel;

COMMIT;
