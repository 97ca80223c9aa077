-- Deploy tradebase:trading/settle_trades to pg
-- requires: core/write_token
-- requires: events/outbox_access
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
    bad_place  bigint;
    bad_market text;
    bad_code   text;
    -- The batches as they came, one element each.
    batch_ids  integer[];
    batch_seqs bigint[];
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
    -- Orders that stay open, and orders that end.
    filled_ids uuid[];
    traded     numeric[];
    costs      numeric[];
    fees       numeric[];
    new_holds  numeric[];
    ended_ids  uuid[];
    ends_as    text[];
    ends_for   text[];
    releases   numeric[];
    end_traded numeric[];
    end_costs  numeric[];
    end_fees   numeric[];
    end_seqs   bigint[];
    -- What is told of every order.
    told_users   uuid[];
    told_markets integer[];
    told_orders  jsonb[];
    book_sides   text[];
    book_prices  numeric[];
    book_changes numeric[];
    -- What is told of every trade, and of each side of it.
    tape_markets integer[];
    tape_trades  jsonb[];
    fill_users   uuid[];
    told_fills   jsonb[];
    -- Lines of the journal.
    holders    uuid[];
    assets     integer[];
    d_free     numeric[];
    d_held     numeric[];
    -- Both sides of every trade; of_events is the place of the trade among the events.
    of_events  bigint[];
    order_ids  uuid[];
    user_ids   uuid[];
    sides      text[];
    liquidities text[];
    fee_rates  numeric[];
    side_fees  numeric[];
    report     jsonb;
BEGIN
    -- Validate: the shape of the whole batch, before anything is locked. What is malformed is not cast.
    IF jsonb_typeof(batches) IS DISTINCT FROM 'array' OR jsonb_array_length(batches) = 0 THEN
        RAISE EXCEPTION 'batches is a list of one element per market'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'batches');
    END IF;
    SELECT
        array_agg(b.id ORDER BY b.n), array_agg(b.first_seq ORDER BY b.n), array_agg(b.id ORDER BY b.id),
        array_agg(b.first_seq ORDER BY b.id), min(b.n) FILTER (WHERE b.is_legal IS NOT TRUE)
    INTO batch_ids, batch_seqs, pair_ids, first_seqs, bad_place
    FROM (
        SELECT
            e.n, m.id,
            CASE
                WHEN e.batch ->> 'first_seq' ~ '^[1-9][0-9]{0,17}$' THEN (e.batch ->> 'first_seq')::bigint
            END AS first_seq,
            m.engine = 'external' AND e.batch ->> 'first_seq' ~ '^[1-9][0-9]{0,17}$'
            AND jsonb_typeof(e.batch -> 'events') = 'array' AND e.batch -> 'events' <> '[]'
            AND row_number() OVER (PARTITION BY m.id ORDER BY e.n) = 1 AS is_legal
        FROM jsonb_array_elements(batches) WITH ORDINALITY AS e (batch, n)
        LEFT JOIN LATERAL (
            SELECT t.id, t.engine FROM market.markets AS t WHERE t.symbol = e.batch ->> 'market' OFFSET 0
        ) AS m ON TRUE
    ) AS b;
    IF bad_place IS NOT NULL THEN
        SELECT b.batch ->> 'market' AS market, m.engine INTO bad
        FROM (VALUES (batches -> (bad_place - 1)::integer)) AS b (batch)
        LEFT JOIN market.markets AS m ON m.symbol = b.batch ->> 'market';
        IF bad.engine IS NULL THEN
            RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object(
                'batch', bad_place - 1, 'market', bad.market);
        ELSIF bad.engine <> 'external' THEN
            RAISE EXCEPTION 'the market is matched by no external engine' USING ERRCODE = 'TR307',
                DETAIL = jsonb_build_object('batch', bad_place - 1, 'market', bad.market, 'engine', bad.engine);
        END IF;
        RAISE EXCEPTION 'a batch needs market, first_seq and events, each market once' USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('batch', bad_place - 1, 'argument', 'batches');
    END IF;
    -- Of each event only its own fields: what else an engine says is not ours to read. No event carries its batch along.
    SELECT
        array_agg(e.market_id), array_agg(e.seq), array_agg(e.n),
        array_agg((e.trade ->> 'maker_order_id')::uuid), array_agg((e.trade ->> 'taker_order_id')::uuid),
        array_agg((e.trade ->> 'price')::numeric), array_agg((e.trade ->> 'quantity')::numeric),
        array_agg((e.trade ->> 'engine_at')::timestamptz), array_agg((e.close ->> 'order_id')::uuid),
        array_agg(e.close ->> 'status'), array_agg(e.close ->> 'reason'),
        min(e.place) FILTER (WHERE e.trade IS NULL AND e.close IS NULL)
    INTO
        market_ids, seqs, places, makers, takers, prices, quantities, engine_ats, closed_ids, statuses, reasons,
        bad_place
    FROM (
        SELECT
            batch_ids[b.n] AS market_id, (c.n - 1)::integer AS n, batch_seqs[b.n] + c.n - 1 AS seq,
            row_number() OVER (ORDER BY batch_ids[b.n], c.n) AS place,
            CASE
                -- A close or a trade, not both.
                WHEN NOT c.event ?| '{maker_order_id,taker_order_id}'
                    AND c.event ->> 'order_id' ~ id_text
                    AND c.event ->> 'status' IN ('canceled', 'expired', 'rejected')
                    AND c.event ->> 'reason' IN (
                        'user_cancel', 'cancel_all', 'admin_cancel', 'self_trade', 'ioc_remainder', 'fok_unfillable',
                        'no_liquidity', 'post_only_cross', 'gtd_elapsed', 'day_end', 'max_age', 'market_halted',
                        'market_closed', 'engine_reject'
                    )
                    THEN c.event
            END AS close,
            CASE
                WHEN NOT c.event ? 'order_id'
                    AND c.event ->> 'maker_order_id' ~ id_text AND c.event ->> 'taker_order_id' ~ id_text
                    AND c.event ->> 'price' ~ number AND c.event ->> 'quantity' ~ number
                    AND (c.event ->> 'price')::numeric > 0 AND (c.event ->> 'price')::numeric < 1e18
                    AND (c.event ->> 'quantity')::numeric > 0 AND (c.event ->> 'quantity')::numeric < 1e18
                    AND CASE
                        WHEN c.event ->> 'engine_at' IS NULL THEN TRUE
                        -- A day that its month has not would only fail at the cast, and name no event.
                        WHEN c.event ->> 'engine_at' ~ moment
                            THEN right(left(c.event ->> 'engine_at', 10), 2)::integer <= extract(DAY FROM (
                                left(c.event ->> 'engine_at', 7) || '-01'
                            )::date + INTERVAL '1 month - 1 day')
                        ELSE FALSE
                    END
                    THEN c.event
            END AS trade
        FROM jsonb_array_elements(batches) WITH ORDINALITY AS b (batch, n)
        CROSS JOIN LATERAL jsonb_array_elements(b.batch -> 'events') WITH ORDINALITY AS c (event, n)
        ORDER BY place
    ) AS e;
    IF bad_place IS NOT NULL THEN
        SELECT b.batch ->> 'market' AS market, places[bad_place] AS event INTO bad
        FROM jsonb_array_elements(batches) WITH ORDINALITY AS b (batch, n)
        WHERE batch_ids[b.n] = market_ids[bad_place];
        RAISE EXCEPTION 'event % of % is neither a trade nor a close', bad.event, bad.market USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('market', bad.market, 'event', bad.event, 'argument', 'batches');
    END IF;

    -- Lock: the markets in ascending order.
    PERFORM trading.lock_market(p.id) FROM unnest(pair_ids) AS p (id);
    SELECT
        array_agg(m.symbol), array_agg(m.base_asset_id), array_agg(m.quote_asset_id), array_agg(m.scale),
        array_agg(m.tick_size), array_agg(m.lot_size), array_agg(m.watermark), array_agg(m.last_trade_seq)
    INTO symbols, bases, quotes, scales, ticks, lots, watermarks, last_seqs
    FROM (
        SELECT
            m.symbol, m.base_asset_id, m.quote_asset_id, q.scale::integer AS scale, m.tick_size::numeric AS tick_size,
            m.lot_size::numeric AS lot_size, coalesce(s.last_engine_seq, 0) AS watermark,
            coalesce(s.last_trade_seq, 0) AS last_trade_seq
        FROM unnest(pair_ids) AS p (id)
        CROSS JOIN LATERAL (SELECT t.* FROM market.markets AS t WHERE t.id = p.id OFFSET 0) AS m
        CROSS JOIN LATERAL (SELECT t.scale FROM market.assets AS t WHERE t.id = m.quote_asset_id OFFSET 0) AS q
        LEFT JOIN LATERAL (
            SELECT t.last_engine_seq, t.last_trade_seq FROM market.market_state AS t WHERE t.market_id = p.id OFFSET 0
        ) AS s ON TRUE
        ORDER BY p.id
    ) AS m;

    -- Exactly once: what the watermark has seen must be the same and is passed over; what it has not seen must follow.
    FOR i IN 1..cardinality(pair_ids) LOOP
        IF first_seqs[i] > watermarks[i] + 1 THEN
            RAISE EXCEPTION 'the engine''s sequence has a gap' USING ERRCODE = 'TR301',
                DETAIL = jsonb_build_object('market', symbols[i], 'expected', watermarks[i] + 1);
        END IF;
    END LOOP;

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
        -- Compute: every event against the book as it is and against the events before it, what becomes of each order,
        -- and the money that moves. By windows: a batch of ten thousand has no time to compare each event with every other.
        WITH book AS MATERIALIZED (
            SELECT o.*, u.stp_group
            FROM (
                SELECT DISTINCT i.id FROM unnest(makers || takers || closed_ids) AS i (id) WHERE i.id IS NOT NULL
            ) AS i
            CROSS JOIN LATERAL (
                SELECT
                    t.id, t.user_id, t.market_id, t.side, t.time_in_force, t.status, t.price, t.quantity,
                    t.filled_quantity, t.hold, t.hold_asset_id, t.maker_fee_rate, t.taker_fee_rate, t.post_only,
                    t.client_order_id, t.type, t.on_book, t.cancel_requested_at
                FROM partitions.orders_open AS t
                WHERE t.id = i.id
                OFFSET 0
            ) AS o
            CROSS JOIN LATERAL (SELECT t.stp_group FROM identity.users AS t WHERE t.id = o.user_id OFFSET 0) AS u
        ),

        pair AS MATERIALIZED (
            SELECT p.*
            FROM unnest(pair_ids, symbols, bases, quotes, scales, ticks, lots)
                AS p (id, symbol, base_asset_id, quote_asset_id, scale, tick_size, lot_size)
        ),

        -- An event once for each order that it touches; liquidity is NULL in a close.
        touch AS MATERIALIZED (
            SELECT
                e.n, e.place, e.seq, p.symbol, p.tick_size, p.lot_size, e.price, e.quantity, e.status AS ends_as,
                e.reason AS ends_for, i.order_id, i.liquidity, o.user_id, o.side, o.time_in_force, o.status,
                o.price AS limit_price, o.quantity AS order_quantity, o.filled_quantity, o.post_only,
                o.market_id = e.market_id AS is_here, r.fee_rate,
                trunc(e.price * e.quantity * r.fee_rate, p.scale) AS fee,
                x.side AS other_side, x.stp_group = o.stp_group AS is_self_trade,
                coalesce(sum(e.quantity) OVER so_far, 0) AS traded_so_far,
                count(*) FILTER (WHERE i.liquidity IS NULL) OVER so_far AS closes_so_far,
                sum(e.quantity) OVER whole AS traded,
                bool_or(i.liquidity IS NULL) OVER whole AS is_closed,
                max(e.n) FILTER (WHERE i.liquidity IS NOT NULL) OVER whole AS last_trade
            FROM unnest(market_ids, places, seqs, makers, takers, prices, quantities, closed_ids, statuses, reasons)
                WITH ORDINALITY
                AS e (market_id, place, seq, maker, taker, price, quantity, closed_id, status, reason, n)
            JOIN pair AS p ON p.id = e.market_id
            CROSS JOIN LATERAL (
                VALUES (e.maker, 'maker', NULL), (e.taker, 'taker', e.maker), (e.closed_id, NULL, NULL)
            ) AS i (order_id, liquidity, other_id)
            LEFT JOIN book AS o ON o.id = i.order_id
            LEFT JOIN book AS x ON x.id = i.other_id
            CROSS JOIN LATERAL (
                VALUES (CASE i.liquidity WHEN 'maker' THEN o.maker_fee_rate WHEN 'taker' THEN o.taker_fee_rate END)
            ) AS r (fee_rate)
            WHERE i.order_id IS NOT NULL
            WINDOW whole AS (PARTITION BY i.order_id), so_far AS (PARTITION BY i.order_id ORDER BY e.n)
        ),

        verdict AS (
            SELECT
                t.n, t.place, t.symbol,
                CASE
                    WHEN
                        t.is_here IS NOT TRUE OR t.closes_so_far > CASE WHEN t.liquidity IS NULL THEN 1 ELSE 0 END
                        THEN 'TR303'
                    WHEN t.liquidity IS NULL
                        THEN CASE
                            WHEN t.filled_quantity + t.traded_so_far = t.order_quantity THEN 'TR303'
                            WHEN NOT trading.is_legal_order_transition(
                                CASE
                                    WHEN t.filled_quantity + t.traded_so_far > 0 THEN 'partially_filled' ELSE t.status
                                END,
                                t.ends_as
                            ) THEN 'TR203'
                        END
                    -- What cannot rest in the book is filled or closed by the batch that touches it; fok is filled whole.
                    WHEN
                        t.n = t.last_trade AND t.time_in_force IN ('ioc', 'fok')
                        AND t.filled_quantity + t.traded < t.order_quantity
                        AND (t.time_in_force = 'fok' OR NOT t.is_closed) THEN 'TR203'
                    WHEN CASE t.side WHEN 'buy' THEN t.price > t.limit_price ELSE t.price < t.limit_price END
                        THEN 'TR304'
                    WHEN mod(t.price, t.tick_size) <> 0 OR mod(t.quantity, t.lot_size) <> 0 THEN 'TR304'
                    WHEN t.post_only AND t.liquidity = 'taker' OR t.other_side = t.side THEN 'TR304'
                    WHEN t.filled_quantity + t.traded_so_far > t.order_quantity THEN 'TR305'
                    WHEN t.is_self_trade THEN 'TR306'
                END AS code
            FROM touch AS t
        ),

        -- The fees are those of each fill, truncated one by one.
        outcome AS MATERIALIZED (
            SELECT
                o.id, o.user_id, o.market_id, o.side, o.price, o.hold, o.hold_asset_id, t.traded, t.cost, t.fee, t.seq,
                p.base_asset_id, p.quote_asset_id, e.ends_as, e.ends_for,
                -- What its user is told, as trading.order_event() has it, and by how much the book changes.
                jsonb_build_object(
                    'id', o.id, 'client_order_id', o.client_order_id, 'market', p.symbol, 'side', o.side,
                    'type', o.type, 'status', coalesce(e.ends_as, 'partially_filled'),
                    'price', trim_scale(o.price)::text, 'quantity', trim_scale(o.quantity)::text,
                    'filled_quantity', trim_scale(o.filled_quantity + t.traded)::text,
                    'cancel_requested', o.cancel_requested_at IS NOT NULL, 'close_reason', e.ends_for
                ) AS told,
                -- What trades before its acknowledgement comes into the book by that.
                CASE
                    WHEN e.ends_as IS NULL AND NOT o.on_book THEN o.quantity - o.filled_quantity - t.traded
                    WHEN NOT o.on_book THEN NULL
                    WHEN e.ends_as IS NULL THEN -t.traded
                    ELSE o.filled_quantity - o.quantity
                END AS book_change,
                CASE
                    WHEN e.ends_as IS NOT NULL THEN 0
                    ELSE trading.order_hold(
                        o.side, o.price, o.quantity - o.filled_quantity - t.traded, o.maker_fee_rate, o.taker_fee_rate,
                        p.scale
                    )
                END AS new_hold
            FROM (
                SELECT
                    t.order_id, coalesce(sum(t.quantity), 0) AS traded, coalesce(sum(t.price * t.quantity), 0) AS cost,
                    coalesce(sum(t.fee), 0) AS fee, max(t.ends_as) AS ends_as, max(t.ends_for) AS ends_for,
                    max(t.seq) FILTER (WHERE t.liquidity IS NULL) AS seq
                FROM touch AS t
                GROUP BY t.order_id
            ) AS t
            JOIN book AS o ON o.id = t.order_id
            JOIN pair AS p ON p.id = o.market_id
            CROSS JOIN LATERAL (
                SELECT
                    CASE WHEN o.quantity = o.filled_quantity + t.traded THEN 'filled' ELSE t.ends_as END,
                    CASE WHEN o.quantity = o.filled_quantity + t.traded THEN 'filled' ELSE t.ends_for END
            ) AS e (ends_as, ends_for)
        )

        SELECT
            v.place::bigint, v.symbol, v.code, o.*, l.*, f.*
        INTO
            bad_place, bad_market, bad_code,
            filled_ids, traded, costs, fees, new_holds,
            ended_ids, ends_as, ends_for, releases, end_traded, end_costs, end_fees, end_seqs,
            told_users, told_markets, told_orders, book_sides, book_prices, book_changes,
            holders, assets, d_free, d_held,
            of_events, order_ids, user_ids, sides, liquidities, fee_rates, side_fees
        FROM (
            SELECT
                array_agg(o.id) FILTER (WHERE o.ends_as IS NULL), array_agg(o.traded) FILTER (WHERE o.ends_as IS NULL),
                array_agg(o.cost) FILTER (WHERE o.ends_as IS NULL), array_agg(o.fee) FILTER (WHERE o.ends_as IS NULL),
                array_agg(o.new_hold) FILTER (WHERE o.ends_as IS NULL),
                array_agg(o.id) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.ends_as) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.ends_for) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.hold::numeric) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.traded) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.cost) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.fee) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.seq) FILTER (WHERE o.ends_as IS NOT NULL),
                array_agg(o.user_id), array_agg(o.market_id), array_agg(o.told), array_agg(o.side::text),
                array_agg(o.price::numeric), array_agg(o.book_change::numeric)
            FROM outcome AS o
        ) AS o
        -- What the hold falls by pays cost and fee, and the rest is free again.
        CROSS JOIN (
            SELECT array_agg(l.user_id), array_agg(l.asset_id), array_agg(l.d_free), array_agg(l.d_held)
            FROM (
                SELECT
                    o.user_id, o.hold_asset_id AS asset_id,
                    o.hold - o.new_hold - CASE o.side WHEN 'buy' THEN o.cost + o.fee ELSE o.traded END AS d_free,
                    o.new_hold - o.hold AS d_held
                FROM outcome AS o
                UNION ALL
                SELECT
                    o.user_id, CASE o.side WHEN 'buy' THEN o.base_asset_id ELSE o.quote_asset_id END,
                    CASE o.side WHEN 'buy' THEN o.traded ELSE o.cost - o.fee END, 0
                FROM outcome AS o
                WHERE o.traded > 0
                UNION ALL
                SELECT identity.system_user_id('fees'), o.quote_asset_id, o.fee, 0
                FROM outcome AS o
                WHERE o.fee <> 0
            ) AS l
        ) AS l
        CROSS JOIN (
            SELECT
                array_agg(t.n), array_agg(t.order_id), array_agg(t.user_id), array_agg(t.side::text),
                array_agg(t.liquidity), array_agg(t.fee_rate::numeric), array_agg(t.fee)
            FROM touch AS t
            WHERE t.liquidity IS NOT NULL
        ) AS f
        LEFT JOIN (
            SELECT v.place, v.symbol, v.code FROM verdict AS v WHERE v.code IS NOT NULL ORDER BY v.n, v.code LIMIT 1
        ) AS v ON TRUE;
        IF bad_code IS NOT NULL THEN
            RAISE EXCEPTION 'event % of % cannot be settled: %', bad_place, bad_market, CASE bad_code
                WHEN 'TR303' THEN 'an order is unknown here or closed'
                WHEN 'TR304' THEN 'side, price, lot or post_only do not allow it'
                WHEN 'TR305' THEN 'it fills more than an order has left'
                WHEN 'TR306' THEN 'both orders are of one self-trade group'
                ELSE 'an order cannot end, or stay, as it would' END
                USING ERRCODE = bad_code, DETAIL = jsonb_build_object('market', bad_market, 'event', bad_place);
        END IF;

        PERFORM portfolio.post_journal(
            journal_id => journal_id, reason => CASE WHEN of_events IS NULL THEN 'order_release' ELSE 'trade' END,
            ref_id => journal_id, user_ids => holders, asset_ids => assets, d_available => d_free, d_held => d_held
        );
        IF filled_ids IS NOT NULL THEN
            PERFORM trading.fill_orders(filled_ids, traded, costs, fees, new_holds);
        END IF;
        IF ended_ids IS NOT NULL THEN
            PERFORM FROM trading.close_orders(
                ended_ids, ends_as, ends_for, releases, end_traded, end_costs, end_fees, end_seqs
            );
        END IF;
    END IF;

    -- The tape, both sides of each trade, and the positions they make, in the engine's order.
    IF of_events IS NOT NULL THEN
        WITH trade AS MATERIALIZED (
            SELECT
                e.n, e.market_id, e.maker, e.taker, e.price, e.quantity, e.price * e.quantity AS quote, e.seq,
                e.engine_at, core.uuid7() AS id, p.quote_asset_id,
                p.last_trade_seq + row_number() OVER (PARTITION BY e.market_id ORDER BY e.n) AS trade_seq
            FROM unnest(market_ids, seqs, makers, takers, prices, quantities, engine_ats)
                WITH ORDINALITY AS e (market_id, seq, maker, taker, price, quantity, engine_at, n)
            JOIN unnest(pair_ids, last_seqs, quotes) AS p (id, last_trade_seq, quote_asset_id) ON p.id = e.market_id
            WHERE e.maker IS NOT NULL
        ),

        side AS MATERIALIZED (
            SELECT s.*, t.id AS trade_id, t.trade_seq, t.market_id, t.price, t.quantity, t.quote, t.quote_asset_id
            FROM unnest(of_events, order_ids, user_ids, sides, liquidities, fee_rates, side_fees)
                AS s (n, order_id, user_id, side, liquidity, fee_rate, fee)
            JOIN trade AS t ON t.n = s.n
        ),

        tape AS (
            INSERT INTO trading.trades (
                id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, maker_order_id,
                taker_order_id, engine_seq, engine_at
            )
            SELECT
                t.id, core.uuid7_time(t.id), t.market_id, t.trade_seq, t.price, t.quantity, t.quote, s.side, t.maker,
                t.taker, t.seq, t.engine_at
            FROM trade AS t
            JOIN side AS s ON s.n = t.n AND s.liquidity = 'taker'
            ORDER BY t.n
            RETURNING market_id, seq, price, quantity, taker_side, executed_at
        ),

        fold AS MATERIALIZED (
            -- The position as it stands is the first step.
            SELECT
                f.*, core.uuid7() AS fill_id,
                trading.position_fold(f.signed_quantity, f.signed_quote) OVER step AS state,
                row_number() OVER (PARTITION BY f.user_id, f.market_id ORDER BY f.n DESC) AS from_last
            FROM (
                SELECT
                    s.*, g.sign * s.quantity AS signed_quantity, g.sign * s.quote AS signed_quote
                FROM side AS s
                CROSS JOIN LATERAL (VALUES (CASE s.side WHEN 'buy' THEN 1 ELSE -1 END)) AS g (sign)
                UNION ALL
                SELECT
                    0, NULL, p.user_id, NULL, NULL, NULL, 0, NULL, NULL, p.market_id, NULL, NULL, NULL, NULL,
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
            RETURNING
                id, trade_seq, order_id, user_id, market_id, side, liquidity, price, quantity, fee, realized_pnl,
                executed_at
        ),

        position AS (
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
                updated_at = excluded.updated_at, version = p.version + excluded.version
        )

        SELECT t.*, f.* INTO tape_markets, tape_trades, fill_users, told_fills
        FROM (
            SELECT array_agg(t.market_id), array_agg(jsonb_build_object(
                'seq', t.seq, 'price', trim_scale(t.price)::text, 'quantity', trim_scale(t.quantity)::text,
                'taker_side', t.taker_side, 'executed_at', t.executed_at
            ))
            FROM tape AS t
        ) AS t
        CROSS JOIN (
            SELECT array_agg(f.user_id), array_agg(jsonb_build_object(
                'id', f.id, 'order_id', f.order_id, 'trade_seq', f.trade_seq, 'side', f.side, 'liquidity', f.liquidity,
                'price', trim_scale(f.price)::text, 'quantity', trim_scale(f.quantity)::text,
                'fee', trim_scale(f.fee)::text, 'realized_pnl', trim_scale(f.realized_pnl)::text,
                'executed_at', f.executed_at
            ))
            FROM fill AS f
        ) AS f;
    END IF;

    IF market_ids IS NOT NULL THEN
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

        -- One event for each user, and one for each market: what was traded, and what of the book is gone.
        INSERT INTO events.outbox (topic, event, payload)
        SELECT
            'user:' || o.user_id, 'orders',
            jsonb_build_object('orders', o.orders)
            || CASE WHEN f.fills IS NULL THEN '{}' ELSE jsonb_build_object('fills', f.fills) END
        FROM (
            SELECT t.user_id, jsonb_agg(t.told) AS orders
            FROM unnest(told_users, told_orders) AS t (user_id, told)
            GROUP BY t.user_id
        ) AS o
        LEFT JOIN (
            SELECT t.user_id, jsonb_agg(t.told) AS fills
            FROM unnest(fill_users, told_fills) AS t (user_id, told)
            GROUP BY t.user_id
        ) AS f ON f.user_id = o.user_id
        UNION ALL
        SELECT
            'market:' || p.symbol, CASE WHEN t.trades IS NULL THEN 'book' ELSE 'trades' END,
            jsonb_strip_nulls(jsonb_build_object('trades', t.trades, 'book', b.book))
        FROM unnest(pair_ids, symbols) AS p (id, symbol)
        LEFT JOIN (
            SELECT x.market_id, jsonb_agg(x.told) AS trades
            FROM unnest(tape_markets, tape_trades) AS x (market_id, told)
            GROUP BY x.market_id
        ) AS t ON t.market_id = p.id
        LEFT JOIN (
            SELECT
                x.market_id, jsonb_agg(
                    jsonb_build_array(x.side, trim_scale(x.price)::text, trim_scale(x.change)::text)
                    ORDER BY x.side, x.price
                ) AS book
            FROM (
                SELECT y.market_id, y.side, y.price, sum(y.change) AS change
                FROM unnest(told_markets, book_sides, book_prices, book_changes) AS y (market_id, side, price, change)
                GROUP BY y.market_id, y.side, y.price
            ) AS x
            WHERE x.change <> 0
            GROUP BY x.market_id
        ) AS b ON b.market_id = p.id
        WHERE num_nonnulls(t.trades, b.book) > 0;
    END IF;

    -- Tell, in the order of the batches.
    SELECT jsonb_agg(jsonb_build_object(
        'market', p.symbol, 'last_seq', greatest(p.watermark, b.last_seq),
        'applied', greatest(0, b.last_seq - p.watermark), 'write_token', core.write_token()
    ) ORDER BY b.n) INTO report
    FROM (
        SELECT i.id, i.n, i.first_seq + jsonb_array_length(batches -> (i.n - 1)::integer -> 'events') - 1 AS last_seq
        FROM unnest(batch_ids, batch_seqs) WITH ORDINALITY AS i (id, first_seq, n)
    ) AS b
    JOIN unnest(pair_ids, symbols, watermarks) AS p (id, symbol, watermark) ON p.id = b.id;
    RETURN report;
END
$$;

COMMENT ON FUNCTION trading.settle_trades(jsonb) IS
'Settles what an external engine did: one element {market, first_seq, events} per market; event i has seq first_seq + '
'i and is a trade {maker_order_id, taker_order_id, price, quantity, engine_at} or a close {order_id, status, reason}. '
'Amounts are text, times ISO 8601 in UTC. Exactly once: what the watermark has seen is compared and passed over. All '
'of it or nothing; an error names the event. Returns {market, last_seq, applied, write_token} per market. TR001 unknown market, '
'TR010 malformed, TR203 an order cannot end or stay so, TR301 gap, TR302 replay differs, TR303 order unknown or '
'closed, TR304 side, price or post_only, TR305 overfill, TR306 self trade, TR307 no external engine.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.settle_trades(jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.settle_trades(jsonb) TO tradebase_engine, service_role;

COMMIT;
