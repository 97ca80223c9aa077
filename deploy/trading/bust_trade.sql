-- Deploy tradebase:trading/bust_trade to pg
-- requires: core/made_by
-- requires: events/outbox_access
-- requires: identity/system_user_id
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: portfolio/post_journal
-- requires: trading/fills_access
-- requires: trading/lock_market
-- requires: trading/position_fold
-- requires: trading/positions_access
-- requires: trading/trade_busts_access
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.bust_trade(market text, trade_seq bigint, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    journal_id CONSTANT uuid := core.uuid7();
    pair       market.markets%ROWTYPE;
    trade      trading.trades%ROWTYPE;
    newest     trading.trades%ROWTYPE;
    bust       trading.trade_busts%ROWTYPE;
    -- What goes back, one element each: the buyer's and the seller's base and quote, and the fees.
    holders    uuid[];
    assets     integer[];
    amounts    numeric[];
    sides      text[];
    lacking    record;
BEGIN
    IF trade_seq IS NULL OR (reason ~ '\S' AND length(reason) <= 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid %', CASE WHEN trade_seq IS NULL THEN 'trade_seq' ELSE 'reason' END
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', CASE WHEN trade_seq IS NULL THEN 'trade_seq' ELSE 'reason' END,
                'expected', CASE WHEN trade_seq IS NULL THEN 'a value' ELSE '1 to 1000 characters that say why' END
            );
    END IF;
    SELECT * INTO pair FROM market.markets AS m WHERE m.symbol = bust_trade.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;

    -- Lock: the market, so that nothing is settled and no position written meanwhile; then the balances in order.
    PERFORM trading.lock_market(pair.id);
    SELECT * INTO trade FROM trading.trades AS t WHERE t.market_id = pair.id AND t.seq = bust_trade.trade_seq;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown trade'
            USING ERRCODE = 'TR404', DETAIL = jsonb_build_object('market', market, 'trade_seq', trade_seq);
    END IF;
    PERFORM FROM trading.trade_busts AS b WHERE b.trade_id = trade.id;
    IF found THEN
        RAISE EXCEPTION 'the trade is busted already'
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object('market', market, 'trade_seq', trade_seq);
    END IF;
    SELECT array_agg(l.user_id), array_agg(l.asset_id), array_agg(l.amount), array_agg(l.side)
    INTO holders, assets, amounts, sides
    FROM (
        SELECT f.user_id, i.asset_id, i.amount, f.side
        FROM trading.fills AS f
        CROSS JOIN LATERAL (SELECT CASE f.side WHEN 'buy' THEN 1 ELSE -1 END AS sign) AS s
        CROSS JOIN LATERAL (
            VALUES (pair.base_asset_id, -s.sign * f.quantity), (f.fee_asset_id, s.sign * f.quote_quantity + f.fee)
        ) AS i (asset_id, amount)
        WHERE f.order_id IN (trade.maker_order_id, trade.taker_order_id) AND f.trade_id = trade.id
        UNION ALL
        SELECT identity.system_user_id('fees'), f.fee_asset_id, -f.fee, NULL
        FROM trading.fills AS f
        WHERE f.order_id IN (trade.maker_order_id, trade.taker_order_id) AND f.trade_id = trade.id
    ) AS l;
    PERFORM
    FROM portfolio.balances AS b
    JOIN unnest(holders, assets) AS l (user_id, asset_id) ON l.user_id = b.user_id AND l.asset_id = b.asset_id
    ORDER BY b.user_id, b.asset_id
    FOR NO KEY UPDATE OF b;

    -- Who has spent it since must have it again first: by a deposit, or by portfolio.adjust().
    SELECT l.side, a.code, -l.amount AS needed INTO lacking
    FROM unnest(holders, assets, amounts, sides) AS l (user_id, asset_id, amount, side)
    JOIN portfolio.balances AS b ON b.user_id = l.user_id AND b.asset_id = l.asset_id
    JOIN market.assets AS a ON a.id = l.asset_id
    WHERE l.side IS NOT NULL AND b.available + l.amount < 0
    ORDER BY l.side
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'the % side no longer has what it got', lacking.side
            USING ERRCODE = 'TR101', DETAIL = jsonb_build_object(
                'side', lacking.side, 'asset', lacking.code, 'needed', trim_scale(lacking.needed)::text
            );
    END IF;

    -- Write.
    INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
    VALUES (trade.id, pair.id, trade.seq, journal_id, bust_trade.reason, core.made_by())
    RETURNING * INTO bust;
    PERFORM portfolio.post_journal(
        journal_id => journal_id, reason => 'trade_bust', ref_id => trade.id, user_ids => holders,
        asset_ids => assets, d_available => amounts, d_held => array_fill(0::numeric, ARRAY[cardinality(amounts)])
    );
    -- Both positions again, from every fill that counts.
    UPDATE trading.positions AS p
    SET
        quantity = (f.state).quantity, entry_cost = (f.state).entry_cost, realized_pnl = (f.state).realized_pnl,
        fees = f.fees, updated_at = clock_timestamp(), version = p.version + 1
    FROM (SELECT DISTINCT l.user_id FROM unnest(holders, sides) AS l (user_id, side) WHERE l.side IS NOT NULL) AS h
    CROSS JOIN LATERAL (
        SELECT
            trading.position_fold(
                CASE x.side WHEN 'buy' THEN x.quantity::numeric ELSE -x.quantity END,
                CASE x.side WHEN 'buy' THEN x.quote_quantity::numeric ELSE -x.quote_quantity END ORDER BY x.trade_seq
            ) AS state,
            coalesce(sum(x.fee), 0) AS fees
        FROM trading.fills AS x
        WHERE
            x.user_id = h.user_id AND x.market_id = pair.id
            AND NOT EXISTS (SELECT FROM trading.trade_busts AS b WHERE b.trade_id = x.trade_id)
    ) AS f
    WHERE p.user_id = h.user_id AND p.market_id = pair.id;
    -- Bands and collars go by the last trade that counts: a wrong price must not keep the right ones out.
    SELECT * INTO newest
    FROM trading.trades AS t
    WHERE t.market_id = pair.id AND NOT EXISTS (SELECT FROM trading.trade_busts AS b WHERE b.trade_id = t.id)
    ORDER BY t.seq DESC
    LIMIT 1;
    IF coalesce(newest.seq, 0) < trade.seq THEN
        UPDATE market.market_state AS s
        SET last_price = newest.price, last_trade_at = newest.executed_at, updated_at = clock_timestamp()
        WHERE s.market_id = pair.id;
    END IF;

    INSERT INTO events.outbox (topic, event, payload)
    SELECT b.topic, 'busts', jsonb_build_object('busts', jsonb_build_array(jsonb_build_object(
        'market', pair.symbol, 'trade_seq', trade.seq, 'created_at', bust.created_at
    )))
    FROM (
        SELECT 'market:' || pair.symbol AS topic
        UNION ALL
        SELECT DISTINCT 'user:' || l.user_id FROM unnest(holders, sides) AS l (user_id, side) WHERE l.side IS NOT NULL
    ) AS b;
    RETURN jsonb_build_object(
        'market', pair.symbol, 'trade_seq', trade.seq, 'trade_id', trade.id, 'price', trim_scale(trade.price)::text,
        'quantity', trim_scale(trade.quantity)::text, 'reason', bust.reason, 'journal_id', bust.journal_id,
        'created_at', bust.created_at
    );
END
$$;

COMMENT ON FUNCTION trading.bust_trade(text, bigint, text) IS
'An operator takes a trade back: a journal moves base, quote and fees of both sides the other way, and both positions '
'are folded again from the fills that are left. Trade, fills and orders stay as they are, and so does the realized_pnl '
'of later fills: what was true when they were written. The market''s last price is that of the last trade that '
'counts. Nothing happens when a side no longer has what it got: TR101 '
'says which. TR001 unknown market, TR010 invalid argument or no reason, TR402 busted already, TR404 unknown trade.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.bust_trade(text, bigint, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.bust_trade(text, bigint, text) TO tradebase_operator;

COMMIT;
