-- Deploy tradebase:trading/settle_trades to pg
-- requires: market/market_state_access
-- requires: portfolio/post_journal
-- requires: trading/close_orders
-- requires: trading/fill_orders
-- requires: trading/fills_access
-- requires: trading/lock_market
-- requires: trading/order_hold
-- requires: trading/position_fold
-- requires: trading/positions_access
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.settle_trades(batches jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
-- Sets of a batch are joined by hashing, whatever the tables' statistics say; a row of a table is looked up by its key
-- in a LATERAL query of its own. A book that was empty when it was analyzed would otherwise be read once per trade.
SET enable_nestloop = off
SET enable_mergejoin = off
-- A forbidden plan that is the only one costs so much that it would be compiled.
SET jit = off
SET lock_timeout = '2s'
AS $$
DECLARE
    number     CONSTANT text := '^[0-9]{1,20}([.][0-9]{1,18})?$';
    moment     CONSTANT text
    := '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.]\d{1,6})?Z$';
    id_text    CONSTANT text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
    journal_id CONSTANT uuid := core.uuid7();
    bad        record;
    -- The markets, one element each, in ascending order.
    pair_ids   integer[];
    symbols    text[];
    bases      integer[];
    quotes     integer[];
    scales     integer[];
    ticks      numeric[];
    lots       numeric[];
    first_seqs bigint[];
    watermarks bigint[];
    last_seqs  bigint[];
    -- Events that are not settled yet, one element each.
    market_ids integer[];
    seqs       bigint[];
    places     integer[];
    makers     uuid[];
    takers     uuid[];
    prices     numeric[];
    quantities numeric[];
    engine_ats timestamptz[];
    closed_ids uuid[];
    statuses   text[];
    reasons    text[];
    -- Orders that they touch, one element each: as they are, and what becomes of them.
    touched    trading.orders[];
    order_ids  uuid[];
    traded     numeric[];
    costs      numeric[];
    fees       numeric[];
    new_holds  numeric[];
    ends_as    text[];
    ends_for   text[];
    -- Lines of the journal.
    holders    uuid[];
    assets     integer[];
    d_free     numeric[];
    d_held     numeric[];
    report     jsonb;
BEGIN
    -- Validate: the shape of the whole batch, before anything is cast or locked.
    IF jsonb_typeof(batches) IS DISTINCT FROM 'array' OR jsonb_array_length(batches) = 0 THEN
        RAISE EXCEPTION 'batches is a list of one element per market'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'batches');
    END IF;
    SELECT b.n - 1 AS batch, m.id, m.engine, b.element INTO bad
    FROM jsonb_array_elements(batches) WITH ORDINALITY AS b (element, n)
    LEFT JOIN LATERAL (
        SELECT t.id, t.engine FROM market.markets AS t WHERE t.symbol = b.element ->> 'market' OFFSET 0
    ) AS m ON TRUE
    WHERE
        m.id IS NULL OR m.engine <> 'external'
        OR jsonb_typeof(b.element -> 'events') IS DISTINCT FROM 'array' OR b.element -> 'events' = '[]'
        OR coalesce(b.element ->> 'first_seq' !~ '^[1-9][0-9]{0,17}$', TRUE)
        OR EXISTS (
            SELECT FROM jsonb_array_elements(batches) WITH ORDINALITY AS twin (element, n)
            WHERE twin.n < b.n AND twin.element ->> 'market' = b.element ->> 'market'
        )
    ORDER BY b.n
    LIMIT 1;
    IF found THEN
        IF bad.id IS NULL THEN
            RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object(
                'batch', bad.batch, 'market', bad.element ->> 'market');
        ELSIF bad.engine <> 'external' THEN
            RAISE EXCEPTION 'the market is matched by no external engine' USING ERRCODE = 'TR307',
                DETAIL = jsonb_build_object(
                    'batch', bad.batch, 'market', bad.element ->> 'market', 'engine', bad.engine
                );
        END IF;
        RAISE EXCEPTION 'a batch needs market, first_seq and events, each market once' USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('batch', bad.batch, 'argument', 'batches');
    END IF;
    SELECT b.element ->> 'market' AS market, e.n - 1 AS event INTO bad
    FROM jsonb_array_elements(batches) AS b (element)
    CROSS JOIN LATERAL jsonb_array_elements(b.element -> 'events') WITH ORDINALITY AS e (content, n)
    WHERE NOT coalesce(
        CASE
            -- A close or a trade, not both.
            WHEN e.content ? 'order_id' AND (e.content ? 'maker_order_id' OR e.content ? 'taker_order_id') THEN FALSE
            WHEN e.content ? 'order_id'
                THEN e.content ->> 'order_id' ~ id_text
                    AND e.content ->> 'status' IN ('canceled', 'expired', 'rejected')
                    AND e.content ->> 'reason' IN (
                        'user_cancel', 'cancel_all', 'admin_cancel', 'self_trade', 'ioc_remainder', 'fok_unfillable',
                        'no_liquidity', 'post_only_cross', 'gtd_elapsed', 'day_end', 'max_age', 'market_halted',
                        'market_closed', 'engine_reject'
                    )
            ELSE e.content ->> 'maker_order_id' ~ id_text AND e.content ->> 'taker_order_id' ~ id_text
                AND e.content ->> 'price' ~ number AND e.content ->> 'quantity' ~ number
                AND (e.content ->> 'price')::numeric > 0 AND (e.content ->> 'price')::numeric < 1e18
                AND (e.content ->> 'quantity')::numeric > 0 AND (e.content ->> 'quantity')::numeric < 1e18
                AND CASE
                    WHEN e.content ->> 'engine_at' IS NULL THEN TRUE
                    -- A day that its month has not would only fail at the cast, and name no event.
                    WHEN e.content ->> 'engine_at' ~ moment
                        THEN right(left(e.content ->> 'engine_at', 10), 2)::integer <= extract(DAY FROM (
                            left(e.content ->> 'engine_at', 7) || '-01'
                        )::date + INTERVAL '1 month - 1 day')
                    ELSE FALSE
                END
        END, FALSE
    )
    ORDER BY 1, 2
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'event % of % is neither a trade nor a close', bad.event, bad.market USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('market', bad.market, 'event', bad.event, 'argument', 'batches');
    END IF;

    -- Lock: the markets in ascending order.
    pair_ids := ARRAY(
        SELECT m.id
        FROM jsonb_array_elements(batches) AS b (element)
        CROSS JOIN LATERAL (
            SELECT t.id FROM market.markets AS t WHERE t.symbol = b.element ->> 'market' OFFSET 0
        ) AS m
        ORDER BY m.id
    );
    PERFORM trading.lock_market(p.id) FROM unnest(pair_ids) AS p (id);
    INSERT INTO market.market_state (market_id)
    SELECT p.id FROM unnest(pair_ids) AS p (id)
    ON CONFLICT ON CONSTRAINT market_state_pkey DO NOTHING;
    SELECT
        array_agg(m.symbol ORDER BY m.id), array_agg(m.base_asset_id ORDER BY m.id),
        array_agg(m.quote_asset_id ORDER BY m.id), array_agg(q.scale::integer ORDER BY m.id),
        array_agg(m.tick_size::numeric ORDER BY m.id), array_agg(m.lot_size::numeric ORDER BY m.id),
        array_agg((b.element ->> 'first_seq')::bigint ORDER BY m.id), array_agg(s.last_engine_seq ORDER BY m.id),
        array_agg(s.last_trade_seq ORDER BY m.id)
    INTO symbols, bases, quotes, scales, ticks, lots, first_seqs, watermarks, last_seqs
    FROM jsonb_array_elements(batches) AS b (element)
    CROSS JOIN LATERAL (SELECT t.* FROM market.markets AS t WHERE t.symbol = b.element ->> 'market' OFFSET 0) AS m
    CROSS JOIN LATERAL (SELECT t.scale FROM market.assets AS t WHERE t.id = m.quote_asset_id OFFSET 0) AS q
    CROSS JOIN LATERAL (
        SELECT t.last_engine_seq, t.last_trade_seq FROM market.market_state AS t WHERE t.market_id = m.id OFFSET 0
    ) AS s;

    -- Exactly once: what the watermark has seen must be the same and is passed over; what it has not seen must follow.
    SELECT p.symbol, p.watermark + 1 AS expected INTO bad
    FROM unnest(symbols, first_seqs, watermarks) AS p (symbol, first_seq, watermark)
    WHERE p.first_seq > p.watermark + 1
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'the engine''s sequence has a gap' USING ERRCODE = 'TR301',
            DETAIL = jsonb_build_object('market', bad.symbol, 'expected', bad.expected);
    END IF;

    -- first_seq beside the events, so that no event carries the whole batch through a sort.
    WITH batch AS MATERIALIZED (
        SELECT p.id AS market_id, p.first_seq, b.element -> 'events' AS events
        FROM jsonb_array_elements(batches) AS b (element)
        JOIN unnest(pair_ids, symbols, first_seqs) AS p (id, symbol, first_seq) ON p.symbol = b.element ->> 'market'
    )

    -- Of each event only its own fields: what else an engine says is not ours to read.
    SELECT
        array_agg(e.market_id ORDER BY e.place), array_agg(e.seq ORDER BY e.place), array_agg(e.n ORDER BY e.place),
        array_agg((e.trade ->> 'maker_order_id')::uuid ORDER BY e.place),
        array_agg((e.trade ->> 'taker_order_id')::uuid ORDER BY e.place),
        array_agg((e.trade ->> 'price')::numeric ORDER BY e.place),
        array_agg((e.trade ->> 'quantity')::numeric ORDER BY e.place),
        array_agg((e.trade ->> 'engine_at')::timestamptz ORDER BY e.place),
        array_agg((e.close ->> 'order_id')::uuid ORDER BY e.place),
        array_agg(e.close ->> 'status' ORDER BY e.place), array_agg(e.close ->> 'reason' ORDER BY e.place)
    INTO
        market_ids, seqs, places, makers, takers, prices, quantities, engine_ats, closed_ids, statuses, reasons
    FROM (
        SELECT
            b.market_id, (c.n - 1)::integer AS n, b.first_seq + c.n - 1 AS seq,
            CASE WHEN NOT c.content ? 'order_id' THEN c.content END AS trade,
            CASE WHEN c.content ? 'order_id' THEN c.content END AS close,
            row_number() OVER (ORDER BY b.market_id, c.n) AS place
        FROM batch AS b
        CROSS JOIN LATERAL jsonb_array_elements(b.events) WITH ORDINALITY AS c (content, n)
    ) AS e;

    -- What was seen before. Since first_seq there were no more trades than events, so their own sequence bounds the search.
    IF EXISTS (SELECT FROM unnest(first_seqs, watermarks) AS p (first_seq, watermark) WHERE p.first_seq <= p.watermark) THEN
        SELECT p.symbol, e.place AS event INTO bad
        FROM unnest(market_ids, seqs, places, makers, takers, prices, quantities, closed_ids, statuses, reasons)
            AS e (market_id, seq, place, maker, taker, price, quantity, closed_id, status, reason)
        JOIN unnest(pair_ids, symbols, first_seqs, watermarks, last_seqs)
            AS p (id, symbol, first_seq, watermark, last_trade_seq)
            ON p.id = e.market_id AND e.seq <= p.watermark
        LEFT JOIN (
            SELECT t.*
            FROM unnest(pair_ids, first_seqs, watermarks, last_seqs) AS k (id, first_seq, watermark, last_trade_seq)
            CROSS JOIN LATERAL (
                SELECT x.market_id, x.engine_seq, x.maker_order_id, x.taker_order_id, x.price, x.quantity
                FROM trading.trades AS x
                WHERE x.market_id = k.id AND x.seq > k.last_trade_seq - (k.watermark - k.first_seq + 1)
                OFFSET 0
            ) AS t
        ) AS t ON t.market_id = e.market_id AND t.engine_seq = e.seq
        LEFT JOIN LATERAL (
            SELECT x.market_id, x.status, x.close_reason, x.close_seq
            FROM trading.orders AS x
            WHERE x.id = e.closed_id AND x.closed_at >= core.uuid7_time(e.closed_id)
            OFFSET 0
        ) AS o ON o.market_id = e.market_id
        WHERE
            (
                t.maker_order_id, t.taker_order_id, t.price::numeric, t.quantity::numeric, o.status, o.close_reason,
                o.close_seq
            ) IS DISTINCT FROM (
                e.maker, e.taker, e.price, e.quantity, e.status, e.reason,
                CASE WHEN e.closed_id IS NOT NULL THEN e.seq END
            )
        ORDER BY e.market_id, e.place
        LIMIT 1;
        IF found THEN
            RAISE EXCEPTION 'event % of % was settled before, and was another', bad.event, bad.symbol
                USING ERRCODE = 'TR302', DETAIL = jsonb_build_object('market', bad.symbol, 'event', bad.event);
        END IF;
        -- From here on only what is new.
        SELECT
            array_agg(e.market_id ORDER BY e.n), array_agg(e.seq ORDER BY e.n), array_agg(e.place ORDER BY e.n),
            array_agg(e.maker ORDER BY e.n), array_agg(e.taker ORDER BY e.n), array_agg(e.price ORDER BY e.n),
            array_agg(e.quantity ORDER BY e.n), array_agg(e.engine_at ORDER BY e.n),
            array_agg(e.closed_id ORDER BY e.n), array_agg(e.status ORDER BY e.n), array_agg(e.reason ORDER BY e.n)
        INTO
            market_ids, seqs, places, makers, takers, prices, quantities, engine_ats, closed_ids, statuses, reasons
        FROM unnest(
            market_ids, seqs, places, makers, takers, prices, quantities, engine_ats, closed_ids, statuses, reasons
        ) WITH ORDINALITY AS e (
            market_id, seq, place, maker, taker, price, quantity, engine_at, closed_id, status, reason, n
        )
        JOIN unnest(pair_ids, watermarks) AS p (id, watermark) ON p.id = e.market_id AND e.seq > p.watermark;
    END IF;

    IF market_ids IS NOT NULL THEN
        touched := ARRAY(
            SELECT ROW(o.*)::trading.orders
            FROM (
                SELECT DISTINCT i.id FROM unnest(makers || takers || closed_ids) AS i (id) WHERE i.id IS NOT NULL
            ) AS i
            CROSS JOIN LATERAL (SELECT t.* FROM partitions.orders_open AS t WHERE t.id = i.id OFFSET 0) AS o
        );

        -- Compute: every event against the book as it is, and against the events before it. By windows: a batch of ten
        -- thousand has no time to compare each event with every other.
        WITH event AS (
            SELECT e.*
            FROM unnest(market_ids, places, makers, takers, prices, quantities, closed_ids, statuses)
                WITH ORDINALITY AS e (market_id, place, maker, taker, price, quantity, closed_id, status, n)
        ),

        -- An event once for each order that it touches; liquidity is NULL in a close.
        touch AS (
            SELECT
                e.n, e.market_id, e.place, i.order_id, i.liquidity, e.price, e.quantity, e.status,
                coalesce(sum(e.quantity) OVER so_far, 0) AS traded,
                count(*) FILTER (WHERE i.liquidity IS NULL) OVER so_far
                > CASE WHEN i.liquidity IS NULL THEN 1 ELSE 0 END AS is_closed_before
            FROM event AS e
            CROSS JOIN LATERAL (
                VALUES (e.maker, 'maker'), (e.taker, 'taker'), (e.closed_id, NULL)
            ) AS i (order_id, liquidity)
            WHERE i.order_id IS NOT NULL
            WINDOW so_far AS (PARTITION BY i.order_id ORDER BY e.n)
        ),

        verdict AS (
            SELECT
                t.n, t.market_id, t.place,
                CASE
                    WHEN o.id IS NULL OR o.market_id <> t.market_id OR t.is_closed_before THEN 'TR303'
                    WHEN t.liquidity IS NULL
                        THEN CASE
                            WHEN o.filled_quantity + t.traded = o.quantity THEN 'TR303'
                            WHEN NOT trading.is_legal_order_transition(
                                CASE WHEN o.filled_quantity + t.traded > 0 THEN 'partially_filled' ELSE o.status END,
                                t.status
                            ) THEN 'TR203'
                        END
                    WHEN o.side = 'buy' AND t.price > o.price OR o.side = 'sell' AND t.price < o.price THEN 'TR304'
                    WHEN mod(t.price, m.tick_size) <> 0 OR mod(t.quantity, m.lot_size) <> 0 THEN 'TR304'
                    WHEN o.post_only AND t.liquidity = 'taker' THEN 'TR304'
                    WHEN o.filled_quantity + t.traded > o.quantity THEN 'TR305'
                END AS code
            FROM touch AS t
            JOIN unnest(pair_ids, ticks, lots) AS m (id, tick_size, lot_size) ON m.id = t.market_id
            LEFT JOIN unnest(touched) AS o ON o.id = t.order_id
            UNION ALL
            SELECT
                e.n, e.market_id, e.place,
                CASE
                    WHEN mo.side = ta.side THEN 'TR304'
                    WHEN mu.stp_group = tu.stp_group THEN 'TR306'
                END
            FROM event AS e
            JOIN unnest(touched) AS mo ON mo.id = e.maker
            JOIN unnest(touched) AS ta ON ta.id = e.taker
            CROSS JOIN LATERAL (SELECT u.stp_group FROM identity.users AS u WHERE u.id = mo.user_id OFFSET 0) AS mu
            CROSS JOIN LATERAL (SELECT u.stp_group FROM identity.users AS u WHERE u.id = ta.user_id OFFSET 0) AS tu
            UNION ALL
            -- What cannot rest in the book is filled or closed by the batch that touches it; fok is filled whole.
            SELECT
                g.n, g.market_id, g.place,
                CASE
                    WHEN
                        o.filled_quantity + g.traded < o.quantity
                        AND (o.time_in_force = 'fok' OR NOT g.is_closed) THEN 'TR203'
                END
            FROM (
                SELECT
                    t.order_id, max(t.market_id) AS market_id, max(t.n) FILTER (WHERE t.liquidity IS NOT NULL) AS n,
                    max(t.place) FILTER (WHERE t.liquidity IS NOT NULL) AS place, sum(t.quantity) AS traded,
                    bool_or(t.liquidity IS NULL) AS is_closed
                FROM touch AS t
                GROUP BY t.order_id
                HAVING sum(t.quantity) > 0
            ) AS g
            JOIN unnest(touched) AS o ON o.id = g.order_id AND o.time_in_force IN ('ioc', 'fok')
        )

        SELECT m.symbol, v.place AS event, v.code INTO bad
        FROM verdict AS v
        JOIN unnest(pair_ids, symbols) AS m (id, symbol) ON m.id = v.market_id
        WHERE v.code IS NOT NULL
        ORDER BY v.n, v.code
        LIMIT 1;
        IF found THEN
            RAISE EXCEPTION 'event % of % cannot be settled: %', bad.event, bad.symbol, CASE bad.code
                WHEN 'TR303' THEN 'an order is unknown here or closed'
                WHEN 'TR304' THEN 'side, price, lot or post_only do not allow it'
                WHEN 'TR305' THEN 'it fills more than an order has left'
                WHEN 'TR306' THEN 'both orders are of one self-trade group'
                ELSE 'an order cannot end, or stay, as it would' END
                USING ERRCODE = bad.code, DETAIL = jsonb_build_object('market', bad.symbol, 'event', bad.event);
        END IF;

        -- What becomes of each order that is touched.
        SELECT
            array_agg(x.order_id), array_agg(x.traded), array_agg(x.cost), array_agg(x.fee),
            array_agg(
                CASE
                    WHEN x.ends_as IS NOT NULL THEN 0
                    ELSE trading.order_hold(x.side, x.price, x.left_over, x.maker_fee_rate, x.taker_fee_rate, x.scale)
                END
            ),
            array_agg(x.ends_as), array_agg(x.ends_for)
        INTO order_ids, traded, costs, fees, new_holds, ends_as, ends_for
        FROM (
            SELECT
                o.id AS order_id, o.side, o.price, o.maker_fee_rate, o.taker_fee_rate, q.scale,
                coalesce(t.traded, 0) AS traded, coalesce(t.cost, 0) AS cost, coalesce(t.fee, 0) AS fee,
                o.quantity - o.filled_quantity - coalesce(t.traded, 0) AS left_over,
                CASE
                    WHEN o.quantity = o.filled_quantity + coalesce(t.traded, 0) THEN 'filled'
                    ELSE c.status
                END AS ends_as,
                CASE
                    WHEN o.quantity = o.filled_quantity + coalesce(t.traded, 0) THEN 'filled'
                    ELSE c.reason
                END AS ends_for
            FROM unnest(touched) AS o
            JOIN unnest(pair_ids, scales) AS q (id, scale) ON q.id = o.market_id
            LEFT JOIN unnest(closed_ids, statuses, reasons) AS c (id, status, reason) ON c.id = o.id
            LEFT JOIN (
                SELECT
                    l.id, sum(l.quantity) AS traded, sum(l.price * l.quantity) AS cost,
                    sum(trunc(
                        l.price * l.quantity * CASE WHEN l.is_maker THEN b.maker_fee_rate ELSE b.taker_fee_rate END,
                        a.scale
                    )) AS fee
                FROM (
                    SELECT e.maker AS id, TRUE AS is_maker, e.price, e.quantity
                    FROM unnest(makers, prices, quantities) AS e (maker, price, quantity)
                    WHERE e.maker IS NOT NULL
                    UNION ALL
                    SELECT e.taker, FALSE, e.price, e.quantity
                    FROM unnest(takers, prices, quantities) AS e (taker, price, quantity)
                    WHERE e.taker IS NOT NULL
                ) AS l
                JOIN unnest(touched) AS b ON b.id = l.id
                JOIN unnest(pair_ids, scales) AS a (id, scale) ON a.id = b.market_id
                GROUP BY l.id
            ) AS t ON t.id = o.id
        ) AS x;

        -- Money: what the hold falls by pays cost and fee, and the rest is free again.
        SELECT array_agg(l.user_id), array_agg(l.asset_id), array_agg(l.d_free), array_agg(l.d_held)
        INTO holders, assets, d_free, d_held
        FROM (
            SELECT
                o.user_id, o.hold_asset_id AS asset_id,
                o.hold - x.new_hold - CASE o.side WHEN 'buy' THEN x.cost + x.fee ELSE x.traded END AS d_free,
                x.new_hold - o.hold AS d_held
            FROM unnest(order_ids, traded, costs, fees, new_holds) AS x (id, traded, cost, fee, new_hold)
            JOIN unnest(touched) AS o ON o.id = x.id
            UNION ALL
            SELECT
                o.user_id, CASE o.side WHEN 'buy' THEN m.base_asset_id ELSE m.quote_asset_id END,
                CASE o.side WHEN 'buy' THEN x.traded ELSE x.cost - x.fee END, 0
            FROM unnest(order_ids, traded, costs, fees) AS x (id, traded, cost, fee)
            JOIN unnest(touched) AS o ON o.id = x.id
            JOIN unnest(pair_ids, bases, quotes) AS m (id, base_asset_id, quote_asset_id) ON m.id = o.market_id
            WHERE x.traded > 0
            UNION ALL
            SELECT identity.system_user_id('fees'), m.quote_asset_id, x.fee, 0
            FROM unnest(order_ids, fees) AS x (id, fee)
            JOIN unnest(touched) AS o ON o.id = x.id
            JOIN unnest(pair_ids, bases, quotes) AS m (id, base_asset_id, quote_asset_id) ON m.id = o.market_id
            WHERE x.fee <> 0
        ) AS l;
        PERFORM portfolio.post_journal(
            journal_id => journal_id,
            reason => CASE WHEN EXISTS (SELECT FROM unnest(makers) AS t (id) WHERE t.id IS NOT NULL)
                THEN 'trade' ELSE 'order_release' END,
            ref_id => journal_id, user_ids => holders, asset_ids => assets, d_available => d_free, d_held => d_held
        );

        -- The tape, both sides of each trade, and the positions they make, in the engine's order.
        WITH trade AS MATERIALIZED (
            SELECT
                e.n, e.market_id, e.maker, e.taker, e.price, e.quantity, e.price * e.quantity AS quote, e.seq,
                e.engine_at,
                p.last_trade_seq + row_number() OVER (PARTITION BY e.market_id ORDER BY e.n) AS trade_seq,
                core.uuid7() AS id, ta.side AS taker_side
            FROM unnest(market_ids, seqs, makers, takers, prices, quantities, engine_ats)
                WITH ORDINALITY AS e (market_id, seq, maker, taker, price, quantity, engine_at, n)
            JOIN unnest(pair_ids, last_seqs) AS p (id, last_trade_seq) ON p.id = e.market_id
            JOIN unnest(touched) AS ta ON ta.id = e.taker
        ),

        tape AS (
            INSERT INTO trading.trades (
                id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, maker_order_id,
                taker_order_id, engine_seq, engine_at
            )
            SELECT
                t.id, core.uuid7_time(t.id), t.market_id, t.trade_seq, t.price, t.quantity, t.quote, t.taker_side,
                t.maker, t.taker, t.seq, t.engine_at
            FROM trade AS t
            ORDER BY t.n
        ),

        side AS (
            SELECT
                t.n, t.id AS trade_id, t.trade_seq, o.id AS order_id, o.user_id, t.market_id, o.side,
                CASE WHEN o.id = t.maker THEN 'maker' ELSE 'taker' END AS liquidity, t.price, t.quantity, t.quote,
                CASE WHEN o.id = t.maker THEN o.maker_fee_rate ELSE o.taker_fee_rate END AS fee_rate,
                m.quote_asset_id, m.scale,
                CASE o.side WHEN 'buy' THEN 1 ELSE -1 END AS sign
            FROM trade AS t
            CROSS JOIN LATERAL (VALUES (t.maker), (t.taker)) AS i (id)
            JOIN unnest(touched) AS o ON o.id = i.id
            JOIN unnest(pair_ids, quotes, scales) AS m (id, quote_asset_id, scale) ON m.id = t.market_id
        ),

        fold AS MATERIALIZED (
            -- The position as it stands is the first step.
            SELECT
                f.*, core.uuid7() AS fill_id,
                trading.position_fold(f.signed_quantity, f.signed_quote) OVER step AS state,
                row_number() OVER (PARTITION BY f.user_id, f.market_id ORDER BY f.n DESC) AS from_last
            FROM (
                SELECT
                    s.n, s.trade_id, s.trade_seq, s.order_id, s.user_id, s.market_id, s.side, s.liquidity, s.price,
                    s.quantity, s.quote, trunc(s.quote * s.fee_rate, s.scale) AS fee, s.fee_rate, s.quote_asset_id,
                    s.sign * s.quantity AS signed_quantity, s.sign * s.quote AS signed_quote
                FROM side AS s
                UNION ALL
                SELECT
                    0, NULL, NULL, NULL, p.user_id, p.market_id, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL,
                    p.quantity, p.entry_cost
                FROM (SELECT DISTINCT s.user_id, s.market_id FROM side AS s) AS s
                CROSS JOIN LATERAL (
                    SELECT t.*
                    FROM trading.positions AS t
                    WHERE t.user_id = s.user_id AND t.market_id = s.market_id
                    OFFSET 0
                ) AS p
            ) AS f
            WINDOW step AS (PARTITION BY f.user_id, f.market_id ORDER BY f.n)
        ),

        fill AS (
            INSERT INTO trading.fills (
                id, executed_at, trade_id, trade_seq, order_id, user_id, market_id, side, liquidity, price, quantity,
                quote_quantity, fee, fee_asset_id, fee_rate, realized_pnl
            )
            SELECT
                f.fill_id, core.uuid7_time(f.fill_id), f.trade_id, f.trade_seq, f.order_id, f.user_id, f.market_id,
                f.side, f.liquidity, f.price, f.quantity, f.quote, f.fee, f.quote_asset_id, f.fee_rate,
                f.realized_pnl - f.realized_before
            FROM (
                SELECT
                    w.*, (w.state).realized_pnl AS realized_pnl,
                    lag((w.state).realized_pnl, 1, 0::numeric)
                        OVER (PARTITION BY w.user_id, w.market_id ORDER BY w.n) AS realized_before
                FROM fold AS w
            ) AS f
            WHERE f.n > 0
            ORDER BY f.n
        )

        INSERT INTO trading.positions AS p (
            user_id, market_id, quantity, entry_cost, realized_pnl, fees, version
        )
        SELECT
            f.user_id, f.market_id, (f.state).quantity, (f.state).entry_cost, (f.state).realized_pnl, g.fees, g.fills
        FROM fold AS f
        JOIN (
            SELECT w.user_id, w.market_id, sum(w.fee) AS fees, count(*) FILTER (WHERE w.n > 0) AS fills
            FROM fold AS w
            GROUP BY w.user_id, w.market_id
        ) AS g ON g.user_id = f.user_id AND g.market_id = f.market_id
        WHERE f.from_last = 1
        ON CONFLICT ON CONSTRAINT positions_pkey DO UPDATE SET
            quantity = excluded.quantity, entry_cost = excluded.entry_cost,
            realized_pnl = p.realized_pnl + excluded.realized_pnl, fees = p.fees + excluded.fees,
            opened_at = CASE WHEN p.quantity = 0 THEN excluded.updated_at ELSE p.opened_at END,
            updated_at = excluded.updated_at, version = p.version + excluded.version;

        -- Write the orders: those that stay are changed, those that end are moved.
        PERFORM trading.fill_orders(
            array_agg(x.id), array_agg(x.traded), array_agg(x.cost), array_agg(x.fee), array_agg(x.new_hold)
        )
        FROM unnest(order_ids, traded, costs, fees, new_holds, ends_as) AS x (id, traded, cost, fee, new_hold, status)
        WHERE x.status IS NULL
        HAVING count(*) > 0;
        PERFORM
        FROM (
            SELECT
                array_agg(x.id) AS ids, array_agg(x.status) AS statuses, array_agg(x.reason) AS reasons,
                array_agg(o.hold::numeric) AS holds, array_agg(x.traded) AS traded, array_agg(x.cost) AS costs,
                array_agg(x.fee) AS fees, array_agg(c.seq) AS seqs
            FROM unnest(order_ids, ends_as, ends_for, traded, costs, fees) AS x (id, status, reason, traded, cost, fee)
            JOIN unnest(touched) AS o ON o.id = x.id
            LEFT JOIN unnest(closed_ids, seqs) AS c (id, seq) ON c.id = x.id
            WHERE x.status IS NOT NULL
            HAVING count(*) > 0
        ) AS e
        CROSS JOIN LATERAL trading.close_orders(
            e.ids, e.statuses, e.reasons, e.holds, e.traded, e.costs, e.fees, e.seqs
        );

        INSERT INTO market.market_state AS s (market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at)
        SELECT
            t.market_id, max(t.seq), count(t.price),
            (array_agg(t.price ORDER BY t.seq DESC) FILTER (WHERE t.price IS NOT NULL))[1],
            CASE WHEN count(t.price) > 0 THEN clock_timestamp() END
        FROM unnest(market_ids, seqs, prices) AS t (market_id, seq, price)
        GROUP BY t.market_id
        ON CONFLICT ON CONSTRAINT market_state_pkey DO UPDATE SET
            last_engine_seq = excluded.last_engine_seq,
            last_trade_seq = s.last_trade_seq + excluded.last_trade_seq,
            last_price = coalesce(excluded.last_price, s.last_price),
            last_trade_at = coalesce(excluded.last_trade_at, s.last_trade_at), updated_at = clock_timestamp();
    END IF;

    -- Tell.
    SELECT jsonb_agg(jsonb_build_object(
        'market', b.element ->> 'market',
        'last_seq', greatest(p.watermark, p.first_seq + jsonb_array_length(b.element -> 'events') - 1),
        'applied', greatest(0, p.first_seq + jsonb_array_length(b.element -> 'events') - 1 - p.watermark)
    ) ORDER BY b.n) INTO report
    FROM jsonb_array_elements(batches) WITH ORDINALITY AS b (element, n)
    JOIN unnest(symbols, first_seqs, watermarks) AS p (symbol, first_seq, watermark)
        ON p.symbol = b.element ->> 'market';
    RETURN report;
END
$$;

COMMENT ON FUNCTION trading.settle_trades(jsonb) IS
'Settles what an external engine did: one element {market, first_seq, events} per market; event i has seq first_seq + '
'i and is a trade {maker_order_id, taker_order_id, price, quantity, engine_at} or a close {order_id, status, reason}. '
'Amounts are text, times ISO 8601 in UTC. Exactly once: what the watermark has seen is compared and passed over. All '
'of it or nothing; an error names the event. Returns {market, last_seq, applied} per market. TR001 unknown market, '
'TR010 malformed, TR203 an order cannot end or stay so, TR301 gap, TR302 replay differs, TR303 order unknown or '
'closed, TR304 side, price or post_only, TR305 overfill, TR306 self trade, TR307 no external engine.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.settle_trades(jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.settle_trades(jsonb) TO tradebase_engine, service_role;

COMMIT;
