-- Deploy tradebase:ops/verify_integrity to pg
-- requires: market/candle_length
-- requires: market/candle_state_access
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: market/price_history_access
-- requires: ops/leaf_period
-- requires: ops/partition_bounds
-- requires: ops/partition_health
-- requires: ops/retired_leaves_access
-- requires: portfolio/deposit
-- requires: portfolio/ledger_checkpoints_access
-- requires: portfolio/portfolio_snapshots_access
-- requires: trading/settle_trades
-- requires: trading/trade_busts_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.verify_integrity(on_date date DEFAULT CURRENT_DATE)
RETURNS TABLE (check_name text, bad_count bigint, sample jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE system_account AS (
        SELECT u.id FROM identity.users AS u WHERE u.kind = 'system'
    ),

    customer_entry AS (
        SELECT l.* FROM portfolio.ledger_entries AS l WHERE l.user_id NOT IN (SELECT s.id FROM system_account AS s)
    ),

    last_checkpoint AS (
        SELECT DISTINCT ON (c.user_id, c.asset_id) c.*
        FROM portfolio.ledger_checkpoints AS c
        ORDER BY c.user_id ASC, c.asset_id ASC, c.as_of DESC
    ),

    -- What each account comes to: its last checkpoint and the entries after it. A customer's are after it by version,
    -- which is their order whatever a clock did.
    account AS (
        SELECT p.user_id, p.asset_id, sum(p.available) AS available, sum(p.held) AS held, sum(p.entries) AS version
        FROM (
            SELECT c.user_id, c.asset_id, c.available, c.held, coalesce(c.version, 0) AS entries
            FROM last_checkpoint AS c
            UNION ALL
            SELECT e.user_id, e.asset_id, e.d_available, e.d_held, 1
            FROM portfolio.ledger_entries AS e
            LEFT JOIN last_checkpoint AS c ON c.user_id = e.user_id AND c.asset_id = e.asset_id
            WHERE
                c.user_id IS NULL
                OR CASE
                    WHEN e.version IS NULL THEN e.created_at >= c.as_of
                    ELSE e.version > coalesce(c.version, 0)
                END
        ) AS p
        GROUP BY p.user_id, p.asset_id
    ),

    -- What every fill moved: base, quote with its fee, and the fee to the platform.
    leg AS NOT MATERIALIZED (
        SELECT
            x.trade_id, i.user_id, i.asset_id,
            CASE x.side WHEN 'buy' THEN i.amount ELSE -i.amount END - i.fee AS amount
        FROM trading.fills AS x
        JOIN market.markets AS p ON p.id = x.market_id
        CROSS JOIN LATERAL (
            VALUES
            (x.user_id, p.base_asset_id, x.quantity::numeric, 0::numeric),
            (x.user_id, x.fee_asset_id, -x.quote_quantity, x.fee),
            (identity.system_user_id('fees'), x.fee_asset_id, 0, -x.fee)
        ) AS i (user_id, asset_id, amount, fee)
    ),

    -- I17. Trades matched here: of the makers of one side of a market, the n-th, whose turn it was: the best price
    -- first, of one price the oldest order. A lower turn goes first.
    matched AS (
        SELECT
            t.id, t.market_id, t.executed_at, t.maker_order_id, k.seq AS taker_seq, u.stp_group, m.side,
            ARRAY[CASE m.side WHEN 'buy' THEN -m.price ELSE m.price END, m.seq]::numeric[] AS turn,
            row_number() OVER (PARTITION BY t.market_id, m.side ORDER BY t.seq) AS n
        FROM trading.trades AS t
        JOIN trading.orders AS m ON m.id = t.maker_order_id
        JOIN trading.orders AS k ON k.id = t.taker_order_id
        JOIN identity.users AS u ON u.id = k.user_id
        WHERE t.engine_seq IS NULL
    ),

    -- Beside them the orders that rested in those books. A trade knows its time to the millisecond: an order is there
    -- only when it left after all of it.
    book_event AS (
        SELECT
            NULL::uuid AS order_id, t.market_id, t.side, t.taker_seq AS seq,
            t.executed_at + INTERVAL '1 millisecond' AS at, NULL::numeric[] AS turn, NULL::uuid AS stp_group,
            NULL::text AS status
        FROM matched AS t
        UNION ALL
        SELECT
            o.id, o.market_id, o.side, o.seq, o.closed_at,
            ARRAY[CASE o.side WHEN 'buy' THEN -o.price ELSE o.price END, o.seq]::numeric[], u.stp_group, o.status
        FROM trading.orders AS o
        JOIN identity.users AS u ON u.id = o.user_id
        WHERE
            o.market_id IN (SELECT t.market_id FROM matched AS t)
            AND o.type = 'limit' AND o.time_in_force NOT IN ('ioc', 'fok') AND o.status <> 'rejected'
            AND (o.on_book OR o.closed_at < 'infinity')
    ),

    -- From the first trade by a later taker to the last one while it stood; one that was filled, to its own last.
    stood AS (
        SELECT
            e.order_id, e.market_id, e.side, e.turn, e.stp_group, e.before_it + 1 AS first_n,
            CASE e.status
                WHEN 'filled' THEN coalesce(m.n, 0) ELSE greatest(coalesce(m.n, 0), e.until_it_left)
            END AS last_n
        FROM (
            SELECT
                b.*,
                count(*) FILTER (WHERE b.order_id IS NULL)
                    OVER (PARTITION BY b.market_id, b.side ORDER BY b.seq) AS before_it,
                count(*) FILTER (WHERE b.order_id IS NULL)
                    OVER (PARTITION BY b.market_id, b.side ORDER BY b.at) AS until_it_left
            FROM book_event AS b
        ) AS e
        LEFT JOIN (
            SELECT t.maker_order_id, max(t.n) AS n FROM matched AS t GROUP BY t.maker_order_id
        ) AS m ON m.maker_order_id = e.order_id
        WHERE e.order_id IS NOT NULL
    ),

    -- The highest turn of 2^level trades from the n-th on: two of these cover any stretch, so that no order is compared
    -- with every trade of its life.
    stretch AS (
        SELECT t.market_id, t.side, 0 AS level, t.n, t.turn FROM matched AS t
        UNION ALL
        SELECT w.market_id, w.side, w.level + 1, w.n, greatest(w.turn, w.later)
        FROM (
            SELECT
                s.*, lead(s.turn, 1 << s.level) OVER (PARTITION BY s.market_id, s.side ORDER BY s.n) AS later
            FROM stretch AS s
        ) AS w
        WHERE w.later IS NOT NULL
    ),

    -- The two, for every order: level is the place of the length's highest bit. Materialized, as what joins them is, so
    -- that all four columns are a hash key and no join multiplies before it.
    covered AS MATERIALIZED (
        SELECT l.*, l.last_n - (1::bigint << l.level) + 1 AS second_n
        FROM (
            SELECT s.*, length(ltrim((s.last_n - s.first_n + 1)::bit(64)::text, '0')) - 1 AS level
            FROM stood AS s
            WHERE s.last_n >= s.first_n
        ) AS l
    ),

    passed_over AS MATERIALIZED (
        SELECT o.*
        FROM covered AS o
        JOIN stretch AS a ON a.market_id = o.market_id AND a.side = o.side AND a.level = o.level AND a.n = o.first_n
        JOIN stretch AS z ON z.market_id = o.market_id AND z.side = o.side AND z.level = o.level AND z.n = o.second_n
        WHERE greatest(a.turn, z.turn) > o.turn
    ),

    -- I19. Up to which trade candles have come, and from when on they can be compared: where a market's first trades
    -- are gone, from the oldest leaf of the tape.
    roll AS (
        SELECT
            m.id AS market_id, coalesce(c.last_seq, 0) AS last_seq, c.newest_at,
            CASE
                WHEN t.first_seq = 1 OR coalesce(s.last_trade_seq, 0) = 0 THEN '-infinity'::timestamptz ELSE b.from_at
            END AS from_at
        FROM market.markets AS m
        LEFT JOIN market.candle_state AS c ON c.market_id = m.id
        LEFT JOIN market.market_state AS s ON s.market_id = m.id
        LEFT JOIN (
            SELECT t.market_id, min(t.seq) AS first_seq FROM trading.trades AS t GROUP BY t.market_id
        ) AS t ON t.market_id = m.id
        CROSS JOIN (SELECT min(p.from_at) AS from_at FROM ops.partition_bounds('trading.trades') AS p) AS b
    ),

    candle AS (
        SELECT p.*
        FROM market.price_history AS p
        JOIN roll AS r ON r.market_id = p.market_id
        WHERE p.source = 'trades' AND p.bucket_start >= r.from_at
    ),

    -- Candles are gone with a leaf that is on record as retired, or on its way there.
    gone AS (
        SELECT r.from_at, r.to_at
        FROM ops.retired_leaves AS r
        WHERE r.parent = 'market.price_history'::regclass AND r.reattached_at IS NULL
        UNION ALL
        SELECT l.from_at, l.to_at
        FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
        CROSS JOIN LATERAL ops.leaf_period(c.relname) AS l
        WHERE
            c.relnamespace = to_regnamespace('partitions') AND c.relkind = 'r'
            AND l.parent = 'market.price_history'::regclass AND (i.inhrelid IS NULL OR i.inhdetachpending)
    ),

    -- Each interval from the trades themselves, not from minutes.
    rolled_up AS (
        SELECT
            r.market_id, i.span, b.bucket,
            max(t.price::numeric) AS high, min(t.price::numeric) AS low, sum(t.quantity) AS base,
            sum(t.quote_quantity) AS quote, count(*) AS trades, min(t.seq) AS first_seq, max(t.seq) AS last_seq,
            b.bucket + market.candle_length(i.span) <= r.newest_at AS closed
        FROM roll AS r
        JOIN trading.trades AS t ON t.market_id = r.market_id AND t.seq <= r.last_seq
        CROSS JOIN (VALUES ('1m'), ('5m'), ('15m'), ('1h'), ('4h'), ('1d'), ('1w')) AS i (span)
        CROSS JOIN LATERAL (
            SELECT date_bin(market.candle_length(i.span), t.executed_at, TIMESTAMPTZ '2001-01-01 00:00:00+00')
        ) AS b (bucket)
        WHERE
            b.bucket >= r.from_at
            AND NOT EXISTS (SELECT FROM gone AS g WHERE b.bucket >= g.from_at AND b.bucket < g.to_at)
        GROUP BY r.market_id, r.newest_at, i.span, b.bucket
    ),

    finding (check_no, bad) AS (
        SELECT 1, jsonb_build_object('asset_id', a.asset_id, 'sum', sum(a.available + a.held)::text)
        FROM account AS a
        GROUP BY a.asset_id
        HAVING sum(a.available + a.held) <> 0

        UNION ALL
        SELECT 2, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id,
            'balance', jsonb_build_array(b.available::text, b.held::text, b.version),
            'ledger', jsonb_build_array(l.available::text, l.held::text, l.version)
        )
        FROM portfolio.balances AS b
        FULL JOIN (
            SELECT a.* FROM account AS a WHERE a.user_id NOT IN (SELECT s.id FROM system_account AS s)
        ) AS l USING (user_id, asset_id)
        WHERE
            (coalesce(b.available, 0), coalesce(b.held, 0), coalesce(b.version, 0))
            IS DISTINCT FROM (coalesce(l.available, 0), coalesce(l.held, 0), coalesce(l.version, 0))

        UNION ALL
        SELECT 3, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id, 'held', b.held::text, 'reserved', r.amount::text
        )
        FROM portfolio.balances AS b
        FULL JOIN (
            SELECT w.user_id, w.asset_id, sum(w.amount) AS amount
            FROM (
                SELECT t.user_id, t.asset_id, t.amount + t.fee AS amount
                FROM portfolio.transfers AS t
                WHERE t.kind = 'withdrawal' AND t.status = 'pending'
                UNION ALL
                SELECT o.user_id, o.hold_asset_id, o.hold
                FROM trading.orders AS o
                WHERE o.closed_at = 'infinity'
            ) AS w
            GROUP BY w.user_id, w.asset_id
        ) AS r USING (user_id, asset_id)
        WHERE coalesce(b.held, 0) <> coalesce(r.amount, 0)

        UNION ALL
        SELECT 4, jsonb_build_object('order_id', order_id)
        FROM (
            SELECT
                x.id AS order_id, x.user_id, x.market_id, x.side, x.filled_quantity, x.filled_quote, x.fee_total
            FROM trading.orders AS x
        ) AS o
        FULL JOIN (
            SELECT
                x.order_id, x.user_id, x.market_id, x.side, sum(x.quantity) AS quantity, sum(x.quote_quantity) AS quote,
                sum(x.fee) AS fee
            FROM trading.fills AS x
            GROUP BY x.order_id, x.user_id, x.market_id, x.side
        ) AS f USING (order_id, user_id, market_id, side)
        WHERE
            (coalesce(o.filled_quantity, 0), coalesce(o.filled_quote, 0), coalesce(o.fee_total, 0))
            IS DISTINCT FROM (coalesce(f.quantity, 0), coalesce(f.quote, 0), coalesce(f.fee, 0))

        UNION ALL
        SELECT 5, jsonb_build_object('order_id', o.id, 'status', o.status)
        FROM trading.orders AS o
        WHERE
            o.filled_quantity > o.quantity
            OR (o.status = 'filled') <> (o.filled_quantity = o.quantity)
            OR (o.closed_at = 'infinity') <> (o.status IN ('pending', 'untriggered', 'open', 'partially_filled'))
            OR (o.closed_at < 'infinity' AND o.hold <> 0)

        UNION ALL
        SELECT 6, jsonb_build_object('user_id', user_id, 'market_id', market_id)
        FROM trading.positions AS p
        FULL JOIN (
            SELECT
                f.user_id, f.market_id, sum(f.fee) AS fees,
                trading.position_fold(f.sign * f.quantity, f.sign * f.quote_quantity ORDER BY f.trade_seq) AS state
            FROM (
                SELECT x.*, CASE x.side WHEN 'buy' THEN 1 ELSE -1 END AS sign
                FROM trading.fills AS x
                WHERE x.trade_id NOT IN (SELECT b.trade_id FROM trading.trade_busts AS b)
            ) AS f
            GROUP BY f.user_id, f.market_id
        ) AS f USING (user_id, market_id)
        WHERE
            (p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric, p.fees::numeric) IS DISTINCT FROM
            (
                -- Of fills that are all busted nothing is left.
                coalesce((f.state).quantity, 0), coalesce((f.state).entry_cost, 0),
                coalesce((f.state).realized_pnl, 0), coalesce(f.fees, 0)
            )

        UNION ALL
        SELECT 7, jsonb_build_object('trade_id', trade_id)
        FROM (
            SELECT
                x.id AS trade_id, x.market_id, x.seq AS trade_seq, x.price, x.quantity,
                ARRAY[x.maker_order_id, x.taker_order_id] AS orders
            FROM trading.trades AS x
        ) AS t
        FULL JOIN (
            SELECT
                x.trade_id, x.market_id, x.trade_seq, count(*) AS fills, count(DISTINCT x.side) AS sides,
                count(DISTINCT x.liquidity) AS liquidities, count(DISTINCT x.user_id) AS users,
                array_agg(x.order_id ORDER BY x.liquidity) AS orders, min(x.price::numeric) AS low,
                max(x.price::numeric) AS high, min(x.quantity::numeric) AS least, max(x.quantity::numeric) AS most
            FROM trading.fills AS x
            GROUP BY x.trade_id, x.market_id, x.trade_seq
        ) AS f USING (trade_id, market_id, trade_seq)
        WHERE
            (f.fills, f.sides, f.liquidities, f.users, f.orders, f.low, f.high, f.least, f.most) IS DISTINCT FROM
            (2, 2, 2, 2, t.orders, t.price::numeric, t.price::numeric, t.quantity::numeric, t.quantity::numeric)

        UNION ALL
        SELECT 8, jsonb_build_object('trade_id', t.id, 'price', t.price::text)
        FROM trading.trades AS t
        CROSS JOIN LATERAL (VALUES (t.maker_order_id), (t.taker_order_id)) AS i (id)
        JOIN trading.orders AS o ON o.id = i.id
        WHERE
            (o.side = 'buy' AND t.price > o.price) OR (o.side = 'sell' AND t.price < o.price)
            -- Matched here, a taker gets the price that stood.
            OR (t.engine_seq IS NULL AND o.id = t.maker_order_id AND t.price <> o.price)

        UNION ALL
        SELECT 9, jsonb_build_object(
            'market_id', b.market_id, 'best_bid', b.best_bid::text, 'best_ask', b.best_ask::text
        )
        FROM (
            SELECT
                o.market_id, max(o.price::numeric) FILTER (WHERE o.side = 'buy') AS best_bid,
                min(o.price::numeric) FILTER (WHERE o.side = 'sell') AS best_ask
            FROM trading.orders AS o
            JOIN market.markets AS m ON m.id = o.market_id AND m.engine = 'embedded'
            WHERE o.closed_at = 'infinity' AND o.on_book
            GROUP BY o.market_id
        ) AS b
        WHERE b.best_bid >= b.best_ask

        UNION ALL
        SELECT 10, jsonb_build_object(
            'entry_id', e.entry_id, 'user_id', e.user_id, 'asset_id', e.asset_id, 'version', e.version
        )
        FROM (
            SELECT
                c.*,
                lag(c.version, 1, 0::bigint) OVER chain AS version_before,
                lag(c.available, 1, 0::numeric) OVER chain AS available_before,
                lag(c.held, 1, 0::numeric) OVER chain AS held_before,
                lag(c.at) OVER chain AS at_before
            FROM (
                SELECT
                    l.id AS entry_id, l.created_at AS at, l.user_id, l.asset_id, l.version, l.d_available, l.d_held,
                    l.available_after::numeric AS available, l.held_after::numeric AS held
                FROM customer_entry AS l
                UNION ALL
                SELECT NULL, p.as_of, p.user_id, p.asset_id, p.version, 0, 0, p.available, p.held
                FROM portfolio.ledger_checkpoints AS p
                WHERE p.version IS NOT NULL
            ) AS c
            -- A checkpoint stands behind the entry that it repeats.
            WINDOW chain AS (PARTITION BY c.user_id, c.asset_id ORDER BY c.version, c.entry_id NULLS LAST, c.at)
        ) AS e
        WHERE
            CASE
                WHEN e.entry_id IS NOT NULL
                    THEN (e.version, e.available, e.held) IS DISTINCT FROM
                        (e.version_before + 1, e.available_before + e.d_available, e.held_before + e.d_held)
                WHEN e.version = e.version_before
                    THEN (e.available, e.held) IS DISTINCT FROM (e.available_before, e.held_before)
                -- Entries before a checkpoint are missing: they may be where a leaf is missing too.
                ELSE e.at_before IS NOT NULL AND tstzrange(least(e.at_before, e.at), greatest(e.at_before, e.at)) <@ (
                    SELECT range_agg(tstzrange(b.from_at, b.to_at))
                    FROM ops.partition_bounds('portfolio.ledger_entries') AS b
                )
            END

        UNION ALL
        SELECT 11, jsonb_build_object('market_id', p.market_id, 'quantity', sum(p.quantity)::text)
        FROM trading.positions AS p
        GROUP BY p.market_id
        HAVING sum(p.quantity) <> 0 OR sum(p.entry_cost - p.realized_pnl) <> 0

        UNION ALL
        SELECT 12, jsonb_build_object(
            'journal_id', l.journal_id, 'asset_id', l.asset_id, 'sum', sum(l.d_available + l.d_held)::text
        )
        FROM portfolio.ledger_entries AS l
        GROUP BY l.journal_id, l.asset_id
        HAVING sum(l.d_available + l.d_held) <> 0

        UNION ALL
        SELECT 13, jsonb_build_object(
            'account', 'external', 'asset_id', asset_id, 'ledger', l.amount::text, 'transfers', t.amount::text
        )
        FROM (
            SELECT a.asset_id, a.available + a.held AS amount
            FROM account AS a
            WHERE a.user_id = identity.system_user_id('external')
        ) AS l
        FULL JOIN (
            SELECT x.asset_id, sum(CASE x.kind WHEN 'deposit' THEN -x.amount ELSE x.amount END) AS amount
            FROM portfolio.transfers AS x
            WHERE x.kind IN ('deposit', 'withdrawal') AND x.status = 'completed'
            GROUP BY x.asset_id
        ) AS t USING (asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(t.amount, 0)

        UNION ALL
        SELECT 13, jsonb_build_object(
            'account', 'fees', 'asset_id', asset_id, 'ledger', l.amount::text, 'charged', f.amount::text
        )
        FROM (
            SELECT a.asset_id, a.available + a.held AS amount
            FROM account AS a
            WHERE a.user_id = identity.system_user_id('fees')
        ) AS l
        FULL JOIN (
            SELECT e.asset_id, sum(e.fee) AS amount
            FROM (
                SELECT x.fee_asset_id AS asset_id, x.fee
                FROM trading.fills AS x
                WHERE x.trade_id NOT IN (SELECT b.trade_id FROM trading.trade_busts AS b)
                UNION ALL
                SELECT t.asset_id, t.fee
                FROM portfolio.transfers AS t
                WHERE t.kind = 'withdrawal' AND t.status = 'completed'
            ) AS e
            GROUP BY e.asset_id
        ) AS f USING (asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(f.amount, 0)

        UNION ALL
        SELECT 13, jsonb_build_object(
            'account', 'adjustment', 'asset_id', asset_id, 'ledger', l.amount::text, 'transfers', t.amount::text
        )
        FROM (
            SELECT a.asset_id, a.available + a.held AS amount
            FROM account AS a
            WHERE a.user_id = identity.system_user_id('adjustment')
        ) AS l
        FULL JOIN (
            SELECT x.asset_id, -sum(x.amount) AS amount
            FROM portfolio.transfers AS x
            WHERE x.kind = 'adjustment'
            GROUP BY x.asset_id
        ) AS t USING (asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(t.amount, 0)

        UNION ALL
        SELECT 14, jsonb_build_object(
            'market_id', market_id, 'last_trade_seq', s.last_trade_seq, 'trades', t.trades,
            'last_engine_seq', s.last_engine_seq, 'settled', greatest(t.last_engine_seq, c.last_engine_seq)
        )
        FROM market.market_state AS s
        FULL JOIN (
            SELECT
                x.market_id, count(*) AS trades, count(DISTINCT x.seq) AS seqs, max(x.seq) AS last_seq,
                max(x.engine_seq) AS last_engine_seq
            FROM trading.trades AS x
            GROUP BY x.market_id
        ) AS t USING (market_id)
        FULL JOIN (
            SELECT o.market_id, max(o.close_seq) AS last_engine_seq
            FROM trading.orders AS o
            WHERE o.close_seq IS NOT NULL
            GROUP BY o.market_id
        ) AS c USING (market_id)
        WHERE
            (s.last_trade_seq, s.last_trade_seq, s.last_trade_seq) IS DISTINCT FROM
            (coalesce(t.trades, 0), coalesce(t.seqs, 0), coalesce(t.last_seq, 0))
            -- What lies above the watermark would be settled again.
            OR s.last_engine_seq < greatest(t.last_engine_seq, c.last_engine_seq)

        UNION ALL
        SELECT 15, jsonb_build_object('order_id', o.id, 'registered', c.order_id)
        FROM trading.client_orders AS c
        FULL JOIN (SELECT x.* FROM trading.orders AS x WHERE x.client_order_id IS NOT NULL) AS o
            ON o.user_id = c.user_id AND o.client_order_id = c.client_order_id
        WHERE c.order_id IS DISTINCT FROM o.id

        UNION ALL
        SELECT 16, jsonb_build_object('table', i.place, 'id', i.id)
        FROM (
            SELECT 'transfers' AS place, t.id, t.created_at AS written_at
            FROM portfolio.transfers AS t
            UNION ALL
            SELECT 'orders', o.id, o.created_at
            FROM trading.orders AS o
            UNION ALL
            SELECT 'trades', t.id, t.executed_at
            FROM trading.trades AS t
            UNION ALL
            SELECT 'fills', f.id, f.executed_at
            FROM trading.fills AS f
        ) AS i
        GROUP BY i.place, i.id
        HAVING count(*) > 1 OR bool_or(i.written_at <> core.uuid7_time(i.id))

        UNION ALL
        -- A taker passes over the orders of its own group: self-trade prevention is for that.
        SELECT 17, jsonb_build_object('trade_id', t.id, 'maker_order_id', t.maker_order_id, 'passed_over', o.order_id)
        FROM passed_over AS o
        JOIN matched AS t
            ON t.market_id = o.market_id AND t.side = o.side AND t.n BETWEEN o.first_n AND o.last_n AND t.turn > o.turn
            AND t.stp_group <> o.stp_group

        UNION ALL
        SELECT 18, jsonb_build_object('order_id', o.id, 'hold', o.hold::text)
        FROM trading.orders AS o
        JOIN market.markets AS m ON m.id = o.market_id
        JOIN market.assets AS q ON q.id = m.quote_asset_id
        WHERE
            o.closed_at = 'infinity' AND o.hold <> trading.order_hold(
                o.side, o.price, o.quantity - o.filled_quantity, o.maker_fee_rate, o.taker_fee_rate, q.scale::integer
            )

        UNION ALL
        SELECT 19, jsonb_build_object('market_id', market_id, 'interval', span, 'bucket_start', bucket)
        FROM (SELECT x.*, x.interval AS span, x.bucket_start AS bucket FROM candle AS x) AS c
        FULL JOIN (
            SELECT r.*, f.price AS open, l.price AS close
            FROM rolled_up AS r
            JOIN trading.trades AS f ON f.market_id = r.market_id AND f.seq = r.first_seq
            JOIN trading.trades AS l ON l.market_id = r.market_id AND l.seq = r.last_seq
        ) AS t USING (market_id, span, bucket)
        WHERE
            (
                c.open::numeric, c.high::numeric, c.low::numeric, c.close::numeric, c.base_volume::numeric,
                c.quote_volume::numeric, c.trade_count, c.first_seq, c.last_seq, c.closed
            ) IS DISTINCT FROM (
                t.open::numeric, t.high, t.low, t.close::numeric, t.base, t.quote, t.trades, t.first_seq, t.last_seq,
                t.closed
            )

        UNION ALL
        -- Nothing is rolled that was never traded.
        SELECT 19, jsonb_build_object('market_id', r.market_id, 'last_seq', r.last_seq, 'traded', s.last_trade_seq)
        FROM roll AS r
        LEFT JOIN market.market_state AS s ON s.market_id = r.market_id
        WHERE r.last_seq > coalesce(s.last_trade_seq, 0)

        UNION ALL
        SELECT 20, jsonb_build_object('asset_id', a.id, 'scale', a.scale, 'found_in', f.place, 'decimals', f.decimals)
        FROM (
            SELECT
                'ledger_entries' AS place, l.asset_id,
                max(greatest(min_scale(l.d_available), min_scale(l.d_held))) AS decimals
            FROM portfolio.ledger_entries AS l
            GROUP BY l.asset_id
            UNION ALL
            SELECT 'ledger_checkpoints', c.asset_id, max(greatest(min_scale(c.available), min_scale(c.held)))
            FROM portfolio.ledger_checkpoints AS c
            GROUP BY c.asset_id
            UNION ALL
            SELECT 'balances', b.asset_id, max(greatest(min_scale(b.available), min_scale(b.held)))
            FROM portfolio.balances AS b
            GROUP BY b.asset_id
            UNION ALL
            SELECT 'transfers', t.asset_id, max(greatest(min_scale(t.amount), min_scale(t.fee)))
            FROM portfolio.transfers AS t
            GROUP BY t.asset_id
            UNION ALL
            SELECT
                'markets, price times quantity', m.quote_asset_id,
                max(min_scale(m.tick_size) + min_scale(m.lot_size))
            FROM market.markets AS m
            GROUP BY m.quote_asset_id
            UNION ALL
            SELECT 'markets, quantity', m.base_asset_id, max(min_scale(m.lot_size))
            FROM market.markets AS m
            GROUP BY m.base_asset_id
        ) AS f
        JOIN market.assets AS a ON a.id = f.asset_id
        WHERE f.decimals > a.scale

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'ledger_entries', 'user_id', l.user_id, 'asset_id', l.asset_id)
        FROM (SELECT DISTINCT e.user_id, e.asset_id FROM portfolio.ledger_entries AS e) AS l
        WHERE
            NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = l.user_id)
            OR NOT EXISTS (SELECT FROM market.assets AS a WHERE a.id = l.asset_id)

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'ledger_entries', 'ref_id', l.ref_id)
        FROM (
            SELECT DISTINCT e.ref_id
            FROM portfolio.ledger_entries AS e
            WHERE
                e.reason IN (
                    'deposit', 'withdrawal_hold', 'withdrawal_release', 'withdrawal', 'transfer', 'adjustment'
                )
        ) AS l
        WHERE NOT EXISTS (SELECT FROM portfolio.transfers AS t WHERE t.id = l.ref_id)

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'ledger_entries', 'busted_trade_id', l.ref_id)
        FROM (
            SELECT DISTINCT e.ref_id, e.journal_id FROM portfolio.ledger_entries AS e WHERE e.reason = 'trade_bust'
        ) AS l
        WHERE NOT EXISTS (
            SELECT FROM trading.trade_busts AS b WHERE b.trade_id = l.ref_id AND b.journal_id = l.journal_id
        )

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'trade_busts', 'trade_id', b.trade_id)
        FROM trading.trade_busts AS b
        WHERE NOT EXISTS (
            SELECT FROM trading.trades AS t
            WHERE t.id = b.trade_id AND t.market_id = b.market_id AND t.seq = b.trade_seq
        )

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'orders', 'order_id', o.id)
        FROM trading.orders AS o
        WHERE
            NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = o.user_id)
            OR NOT EXISTS (SELECT FROM market.markets AS m WHERE m.id = o.market_id)

        UNION ALL
        SELECT 21, jsonb_build_object('table', h.parent, 'runway', h.runway)
        FROM ops.partition_health(on_date) AS h
        WHERE h.runway < 2

        UNION ALL
        SELECT 22, jsonb_build_object('asset_id', s.asset_id, 'sum', sum(s.amount)::text)
        FROM (
            SELECT b.asset_id, b.available + b.held AS amount
            FROM portfolio.balances AS b
            UNION ALL
            SELECT a.asset_id, a.available + a.held
            FROM account AS a
            WHERE a.user_id IN (SELECT u.id FROM system_account AS u)
        ) AS s
        GROUP BY s.asset_id
        HAVING sum(s.amount) <> 0

        UNION ALL
        SELECT 23, jsonb_build_object(
            'trade_id', trade_id, 'user_id', user_id, 'asset_id', asset_id, 'moved', f.amount::text,
            'moved_back', l.amount::text
        )
        FROM (
            SELECT x.trade_id, x.user_id, x.asset_id, sum(x.amount) AS amount
            FROM trading.trade_busts AS b
            JOIN leg AS x ON x.trade_id = b.trade_id
            -- Where its leaf is gone, what it moved back is not seen here but in a checkpoint.
            WHERE b.created_at <@ (
                SELECT range_agg(tstzrange(q.from_at, q.to_at))
                FROM ops.partition_bounds('portfolio.ledger_entries') AS q
            )
            GROUP BY x.trade_id, x.user_id, x.asset_id
        ) AS f
        FULL JOIN (
            SELECT e.ref_id AS trade_id, e.user_id, e.asset_id, sum(e.d_available + e.d_held) AS amount
            FROM portfolio.ledger_entries AS e
            WHERE e.reason = 'trade_bust'
            GROUP BY e.ref_id, e.user_id, e.asset_id
        ) AS l USING (trade_id, user_id, asset_id)
        WHERE coalesce(f.amount, 0) <> -coalesce(l.amount, 0)

        UNION ALL
        -- To whom the money went, which sums over all users do not tell.
        SELECT 24, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id, 'owns', l.amount::text, 'was_given', g.amount::text
        )
        FROM (
            SELECT a.user_id, a.asset_id, a.available + a.held AS amount
            FROM account AS a
            WHERE a.user_id NOT IN (SELECT s.id FROM system_account AS s)
        ) AS l
        FULL JOIN (
            SELECT m.user_id, m.asset_id, sum(m.amount) AS amount
            FROM (
                SELECT
                    t.user_id, t.asset_id,
                    CASE WHEN t.kind IN ('deposit', 'adjustment') THEN t.amount ELSE -t.amount - t.fee END AS amount
                FROM portfolio.transfers AS t
                WHERE t.status = 'completed'
                UNION ALL
                SELECT t.counterparty_user_id, t.asset_id, t.amount
                FROM portfolio.transfers AS t
                WHERE t.kind = 'internal' AND t.status = 'completed'
                UNION ALL
                SELECT x.user_id, x.asset_id, x.amount
                FROM leg AS x
                WHERE
                    x.trade_id NOT IN (SELECT b.trade_id FROM trading.trade_busts AS b)
                    AND x.user_id NOT IN (SELECT s.id FROM system_account AS s)
            ) AS m
            GROUP BY m.user_id, m.asset_id
        ) AS g USING (user_id, asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(g.amount, 0)

        UNION ALL
        -- What a snapshot says somebody had, the entry that it names had left. An entry may be gone with its leaf.
        SELECT 25, jsonb_build_object('user_id', s.user_id, 'kind', s.kind, 'taken_at', s.taken_at)
        FROM (
            SELECT
                x.user_id, x.kind, x.taken_at, x.equity,
                CASE WHEN h.key ~ '^[0-9]{1,9}$' THEN h.key::integer END AS asset_id,
                (h.value ->> 'amount')::numeric AS amount, (h.value ->> 'price')::numeric AS price,
                (h.value ->> 'version')::bigint AS version, (h.value ->> 'moved_at')::timestamptz AS moved_at
            FROM portfolio.portfolio_snapshots AS x
            LEFT JOIN LATERAL jsonb_each(x.holdings) AS h ON TRUE
        ) AS s
        LEFT JOIN portfolio.ledger_entries AS l
            ON l.user_id = s.user_id AND l.asset_id = s.asset_id AND l.version = s.version
        GROUP BY s.user_id, s.kind, s.taken_at, s.equity
        HAVING
            s.equity <> coalesce(sum(round(s.amount * s.price, 18)) FILTER (WHERE s.amount <> 0), 0)
            OR bool_or(s.moved_at >= s.taken_at)
            OR bool_or(
                CASE
                    WHEN l.id IS NOT NULL
                        THEN (l.available_after + l.held_after, l.created_at) IS DISTINCT FROM (s.amount, s.moved_at)
                    ELSE s.moved_at <@ (
                        SELECT range_agg(tstzrange(b.from_at, b.to_at))
                        FROM ops.partition_bounds('portfolio.ledger_entries') AS b
                    )
                END
            )
    ),

    ranked AS (
        SELECT f.check_no, f.bad, row_number() OVER (PARTITION BY f.check_no) AS n FROM finding AS f
    )

    SELECT
        format('I%s %s', c.check_no, c.promise),
        count(r.bad),
        coalesce(jsonb_agg(r.bad ORDER BY r.n) FILTER (WHERE r.n <= 5), '[]')
    FROM (VALUES
        (1, 'the ledger sums to zero per asset'),
        (2, 'a balance is the sum of its entries'),
        (3, 'what is held is reserved for something'),
        (4, 'an order is the sum of its fills, which are its user''s'),
        (5, 'status, filled quantity, hold and end of an order agree'),
        (6, 'a position is what its fills make of it'),
        (7, 'every trade has two opposite fills, of its two orders'),
        (8, 'nobody trades worse than their limit'),
        (9, 'no book that is matched here is crossed'),
        (10, 'the entries of a balance are a chain without a gap'),
        (11, 'what one is long, others are short'),
        (12, 'every journal sums to zero per asset'),
        (13, 'the external and adjustment accounts mirror transfers, the fee account what was charged'),
        (14, 'the trades of a market are counted without a gap, and nothing settled is above its watermark'),
        (15, 'a client order id leads to one order'),
        (16, 'an id carries the time of its row'),
        (17, 'the best price goes first, at one price the oldest order'),
        (18, 'an open order holds what it may cost, and no more'),
        (19, 'a candle is what its trades make of it, and no trade is missing'),
        (20, 'no amount has more decimals than its asset'),
        (21, 'no entry is an orphan, no table runs out of leaves'),
        (22, 'customers and system accounts together own nothing'),
        (23, 'a bust takes back what its trade moved'),
        (24, 'what somebody owns is what transfers and trades gave them'),
        (25, 'a snapshot is what the ledger had left, at its prices')
    ) AS c (check_no, promise)
    LEFT JOIN ranked AS r USING (check_no)
    GROUP BY c.check_no, c.promise
    ORDER BY c.check_no;
END;

COMMENT ON FUNCTION ops.verify_integrity(date) IS
'Every promise of the books as a check: one row each, how many violate it, five of them as a sample. Zero everywhere '
'is healthy. on_date: the day whose partition runway is asked for. Reads whole tables: run it on a replica where there '
'is one.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.verify_integrity(date) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

-- A sample names users and amounts: for those who may read them, and for the worker that runs it every day.
GRANT EXECUTE ON FUNCTION ops.verify_integrity(date) TO tradebase_auditor, tradebase_worker;

COMMIT;
