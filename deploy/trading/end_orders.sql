-- Deploy tradebase:trading/end_orders to pg
-- requires: portfolio/post_journal
-- requires: trading/close_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.end_orders(order_ids uuid[], status text, reason text)
RETURNS SETOF trading.orders
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    journal_id CONSTANT uuid := core.uuid7();
    holders    uuid[];
    assets     integer[];
    holds      numeric[];
BEGIN
    SELECT array_agg(o.user_id), array_agg(o.hold_asset_id), array_agg(o.hold::numeric)
    INTO holders, assets, holds
    FROM partitions.orders_open AS o
    WHERE o.id = ANY (end_orders.order_ids) AND o.hold > 0;

    -- Always the hold that the order stored, never one computed again; all balances in one go, in their order.
    IF holders IS NOT NULL THEN
        PERFORM portfolio.post_journal(
            journal_id => journal_id, reason => 'order_release',
            ref_id => CASE cardinality(end_orders.order_ids) WHEN 1 THEN end_orders.order_ids[1] ELSE journal_id END,
            user_ids => holders, asset_ids => assets, d_available => holds,
            d_held => ARRAY(SELECT -h.hold FROM unnest(holds) WITH ORDINALITY AS h (hold, n) ORDER BY h.n)
        );
        UPDATE partitions.orders_open AS o SET hold = 0 WHERE o.id = ANY (end_orders.order_ids) AND o.hold > 0;
    END IF;

    RETURN QUERY
    SELECT c.*
    FROM trading.close_orders(
        end_orders.order_ids,
        array_fill(end_orders.status, ARRAY[cardinality(end_orders.order_ids)]),
        array_fill(end_orders.reason, ARRAY[cardinality(end_orders.order_ids)])
    ) AS c;
END
$$;

COMMENT ON FUNCTION trading.end_orders(uuid[], text, text) IS
'Ends open orders without a trade: releases what they hold in one journal, moves them out of the book, returns them. '
'The caller holds the market''s lock. The journal refers to the order when there is one, to itself when there are '
'more.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.end_orders(uuid[], text, text) TO tradebase_kernel;

COMMIT;
