-- Deploy tradebase:trading/end_orders to pg
-- requires: portfolio/post_journal
-- requires: trading/close_orders
-- requires: trading/tell_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.end_orders(order_ids uuid[], status text, reason text)
RETURNS SETOF trading.orders
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    journal_id CONSTANT uuid := core.uuid7();
    ending     uuid[];
    holders    uuid[];
    assets     integer[];
    holds      numeric[];
    spent      numeric[];
    seen       numeric[];
    closed     trading.orders[];
BEGIN
    SELECT
        array_agg(o.id), array_agg(o.user_id), array_agg(o.hold_asset_id), array_agg(o.hold::numeric),
        array_agg(-o.hold), array_agg(CASE WHEN o.on_book THEN o.filled_quantity - o.quantity END)
    INTO ending, holders, assets, holds, spent, seen
    FROM partitions.orders_open AS o
    WHERE o.id = ANY (end_orders.order_ids);
    IF ending IS NULL THEN
        RETURN;
    END IF;

    -- Always the hold that the order stored, never one computed again; all balances in one go, in their order.
    IF 0 < ANY (holds) THEN
        PERFORM portfolio.post_journal(
            journal_id => journal_id, reason => 'order_release',
            ref_id => CASE cardinality(ending) WHEN 1 THEN ending[1] ELSE journal_id END,
            user_ids => holders, asset_ids => assets, d_available => holds, d_held => spent
        );
    END IF;

    closed := ARRAY(
        SELECT c
        FROM trading.close_orders(
            ending, array_fill(end_orders.status, ARRAY[cardinality(ending)]),
            array_fill(end_orders.reason, ARRAY[cardinality(ending)]), holds
        ) AS c
        ORDER BY array_position(ending, c.id)
    );
    PERFORM trading.tell_orders(closed, seen);
    RETURN QUERY SELECT c.* FROM unnest(closed) AS c;
END
$$;

COMMENT ON FUNCTION trading.end_orders(uuid[], text, text) IS
'Ends open orders without a trade: releases what they hold in one journal, moves them out of the book, returns them. '
'The caller holds the market''s lock. The journal refers to the order when there is one, to itself when there are '
'more.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.end_orders(uuid[], text, text) TO tradebase_kernel;

COMMIT;
