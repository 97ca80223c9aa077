-- Deploy tradebase:trading/tell_engine to pg
-- requires: events/outbox_access
-- requires: identity/users_access
-- requires: market/markets_access
-- requires: trading/command_payload
-- requires: trading/engine_commands_access
-- requires: trading/order_event
-- requires: trading/orders_access
-- requires: trading/tell_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.tell_engine(kind text, order_ids uuid[], book_change numeric DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one     record;
    new_seq bigint;
    told    trading.orders[];
    changes numeric[];
BEGIN
    -- One order is what most commands are about: nothing to group, and a third of the time.
    IF cardinality(order_ids) = 1 THEN
        SELECT
            t.seq, t.user_id, t.market_id, t.side, t.price, t.on_book, t.quantity::numeric, m.symbol,
            trading.order_event(t, m.symbol) AS told, m.engine_acks,
            trading.command_payload(
                tell_engine.kind, t, (SELECT u.stp_group FROM identity.users AS u WHERE u.id = t.user_id)
            ) AS payload
        INTO one
        FROM partitions.orders_open AS t
        CROSS JOIN LATERAL (SELECT k.symbol, k.engine_acks FROM market.markets AS k WHERE k.id = t.market_id OFFSET 0) AS m
        WHERE t.id = order_ids[1];
        IF NOT found THEN
            RETURN;
        END IF;
        new_seq := CASE kind WHEN 'place' THEN one.seq ELSE nextval('trading.command_seq') END;
        INSERT INTO trading.engine_commands (market_id, seq, kind, order_id, payload)
        VALUES (one.market_id, new_seq, tell_engine.kind, order_ids[1], one.payload);
        INSERT INTO events.outbox (topic, event, payload)
        SELECT v.topic, v.event, v.payload
        FROM (VALUES
            ('engine:' || one.symbol, 'commands', jsonb_build_object('first_seq', new_seq, 'last_seq', new_seq)),
            ('user:' || one.user_id, 'orders', CASE WHEN tell_engine.kind <> 'cancel' OR one.engine_acks THEN
                jsonb_build_object('orders', jsonb_build_array(one.told))
            END),
            ('market:' || one.symbol, 'book', CASE WHEN tell_engine.kind <> 'cancel' AND one.on_book THEN
                jsonb_build_object('book', jsonb_build_array(jsonb_build_array(
                    one.side, trim_scale(one.price)::text, trim_scale(coalesce(book_change, one.quantity))::text
                )))
            END)
        ) AS v (topic, event, payload)
        WHERE v.payload IS NOT NULL;
        RETURN;
    END IF;

    WITH told AS (
        INSERT INTO trading.engine_commands (market_id, seq, kind, order_id, payload)
        SELECT
            o.market_id,
            CASE tell_engine.kind WHEN 'place' THEN o.seq ELSE nextval('trading.command_seq') END,
            tell_engine.kind, o.id,
            trading.command_payload(
                tell_engine.kind, o, (SELECT u.stp_group FROM identity.users AS u WHERE u.id = o.user_id)
            )
        FROM partitions.orders_open AS o
        WHERE o.id = ANY (tell_engine.order_ids)
        ORDER BY o.seq
        RETURNING market_id, seq
    )

    INSERT INTO events.outbox (topic, event, payload)
    SELECT
        'engine:' || (SELECT m.symbol FROM market.markets AS m WHERE m.id = c.market_id), 'commands',
        jsonb_build_object('first_seq', min(c.seq), 'last_seq', max(c.seq))
    FROM told AS c
    GROUP BY c.market_id;

    -- Where the engine ends an order by itself its user is told that it was asked; else of its end, by who ends it.
    SELECT
        array_agg(t::trading.orders), array_agg(CASE tell_engine.kind
            WHEN 'place' THEN CASE WHEN t.on_book THEN t.quantity::numeric END WHEN 'amend' THEN book_change
        END)
    INTO told, changes
    FROM partitions.orders_open AS t
    WHERE
        t.id = ANY (tell_engine.order_ids)
        AND (tell_engine.kind <> 'cancel' OR (SELECT m.engine_acks FROM market.markets AS m WHERE m.id = t.market_id));
    IF told IS NOT NULL THEN
        PERFORM trading.tell_orders(told, changes);
    END IF;
END
$$;

COMMENT ON FUNCTION trading.tell_engine(text, uuid[], numeric) IS
'Writes one command for each of these open orders, in the order of their seq, for the engine of their market: place '
'(with the order''s own seq), amend (which changed its level of the book by book_change) or cancel; and tells engine, '
'users and markets of it in the outbox. The caller holds the market''s lock.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.tell_engine(text, uuid[], numeric) TO tradebase_kernel;

COMMIT;
