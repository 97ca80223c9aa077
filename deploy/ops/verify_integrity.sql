-- Deploy tradebase:ops/verify_integrity to pg
-- requires: market/markets_access
-- requires: ops/partition_health
-- requires: portfolio/deposit
-- requires: trading/settle_trades

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.verify_integrity(on_date date DEFAULT CURRENT_DATE)
RETURNS TABLE (check_name text, bad_count bigint, sample jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH system_account AS (
        SELECT u.id FROM identity.users AS u WHERE u.kind = 'system'
    ),

    customer_entry AS (
        SELECT l.* FROM portfolio.ledger_entries AS l WHERE l.user_id NOT IN (SELECT s.id FROM system_account AS s)
    ),

    finding (check_no, bad) AS (
        SELECT 1, jsonb_build_object('asset_id', l.asset_id, 'sum', sum(l.d_available + l.d_held)::text)
        FROM portfolio.ledger_entries AS l
        GROUP BY l.asset_id
        HAVING sum(l.d_available + l.d_held) <> 0

        UNION ALL
        SELECT 2, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id,
            'balance', jsonb_build_array(b.available::text, b.held::text, b.version),
            'ledger', jsonb_build_array(l.available::text, l.held::text, l.version)
        )
        FROM portfolio.balances AS b
        FULL JOIN (
            SELECT e.user_id, e.asset_id, sum(e.d_available) AS available, sum(e.d_held) AS held, count(*) AS version
            FROM customer_entry AS e
            GROUP BY e.user_id, e.asset_id
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
        FROM (SELECT o.id AS order_id, o.filled_quantity, o.filled_quote, o.fee_total FROM trading.orders AS o) AS o
        FULL JOIN (
            SELECT x.order_id, sum(x.quantity) AS quantity, sum(x.quote_quantity) AS quote, sum(x.fee) AS fee
            FROM trading.fills AS x
            GROUP BY x.order_id
        ) AS f USING (order_id)
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
            FROM (SELECT x.*, CASE x.side WHEN 'buy' THEN 1 ELSE -1 END AS sign FROM trading.fills AS x) AS f
            GROUP BY f.user_id, f.market_id
        ) AS f USING (user_id, market_id)
        WHERE
            (p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric, p.fees::numeric) IS DISTINCT FROM
            ((f.state).quantity, (f.state).entry_cost, (f.state).realized_pnl, f.fees)

        UNION ALL
        SELECT 7, jsonb_build_object('trade_id', trade_id)
        FROM (SELECT x.id AS trade_id, x.price, x.quantity, x.market_id, x.seq FROM trading.trades AS x) AS t
        FULL JOIN (
            SELECT
                x.trade_id, count(*) AS fills, count(DISTINCT x.side) AS sides,
                count(DISTINCT x.liquidity) AS liquidities,
                count(DISTINCT u.stp_group) AS groups, min(x.price::numeric) AS low, max(x.price::numeric) AS high,
                min(x.quantity::numeric) AS least, max(x.quantity::numeric) AS most
            FROM trading.fills AS x
            JOIN identity.users AS u ON u.id = x.user_id
            GROUP BY x.trade_id
        ) AS f USING (trade_id)
        WHERE
            (f.fills, f.sides, f.liquidities, f.groups, f.low, f.high, f.least, f.most) IS DISTINCT FROM
            (2, 2, 2, 2, t.price::numeric, t.price::numeric, t.quantity::numeric, t.quantity::numeric)

        UNION ALL
        SELECT 8, jsonb_build_object('trade_id', t.id, 'price', t.price::text)
        FROM trading.trades AS t
        CROSS JOIN LATERAL (VALUES (t.maker_order_id), (t.taker_order_id)) AS i (id)
        JOIN trading.orders AS o ON o.id = i.id
        WHERE (o.side = 'buy' AND t.price > o.price) OR (o.side = 'sell' AND t.price < o.price)

        UNION ALL
        SELECT 10, jsonb_build_object(
            'entry_id', e.id, 'user_id', e.user_id, 'asset_id', e.asset_id, 'version', e.version
        )
        FROM (
            SELECT
                c.*,
                lag(c.version, 1, 0::bigint) OVER chain AS version_before,
                lag(c.available_after, 1, 0::core.amount) OVER chain AS available_before,
                lag(c.held_after, 1, 0::core.amount) OVER chain AS held_before
            FROM customer_entry AS c
            WINDOW chain AS (PARTITION BY c.user_id, c.asset_id ORDER BY c.version)
        ) AS e
        WHERE
            (e.version, e.available_after, e.held_after)
            IS DISTINCT FROM (e.version_before + 1, e.available_before + e.d_available, e.held_before + e.d_held)

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
            SELECT e.asset_id, sum(e.d_available + e.d_held) AS amount
            FROM portfolio.ledger_entries AS e
            WHERE e.user_id = identity.system_user_id('external')
            GROUP BY e.asset_id
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
            'account', 'fees', 'asset_id', asset_id, 'ledger', l.amount::text, 'fills', f.amount::text
        )
        FROM (
            SELECT e.asset_id, sum(e.d_available + e.d_held) AS amount
            FROM portfolio.ledger_entries AS e
            WHERE e.user_id = identity.system_user_id('fees')
            GROUP BY e.asset_id
        ) AS l
        FULL JOIN (
            SELECT x.fee_asset_id AS asset_id, sum(x.fee) AS amount FROM trading.fills AS x GROUP BY x.fee_asset_id
        ) AS f USING (asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(f.amount, 0)

        UNION ALL
        SELECT 14, jsonb_build_object('market_id', market_id, 'last_trade_seq', s.last_trade_seq, 'trades', t.trades)
        FROM market.market_state AS s
        FULL JOIN (
            SELECT x.market_id, count(*) AS trades, count(DISTINCT x.seq) AS seqs, max(x.seq) AS last_seq
            FROM trading.trades AS x
            GROUP BY x.market_id
        ) AS t USING (market_id)
        WHERE
            (s.last_trade_seq, s.last_trade_seq, s.last_trade_seq) IS DISTINCT FROM
            (coalesce(t.trades, 0), coalesce(t.seqs, 0), coalesce(t.last_seq, 0))

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
        SELECT 18, jsonb_build_object('order_id', o.id, 'hold', o.hold::text)
        FROM trading.orders AS o
        JOIN market.markets AS m ON m.id = o.market_id
        JOIN market.assets AS q ON q.id = m.quote_asset_id
        WHERE
            o.closed_at = 'infinity' AND o.hold < trading.order_hold(
                o.side, o.price, o.quantity - o.filled_quantity, o.maker_fee_rate, o.taker_fee_rate, q.scale::integer
            )

        UNION ALL
        SELECT 20, jsonb_build_object('asset_id', a.id, 'scale', a.scale, 'found_in', f.place, 'decimals', f.decimals)
        FROM (
            SELECT
                'ledger_entries' AS place, l.asset_id,
                max(greatest(min_scale(l.d_available), min_scale(l.d_held))) AS decimals
            FROM portfolio.ledger_entries AS l
            GROUP BY l.asset_id
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
            WHERE e.reason IN ('deposit', 'withdrawal_hold', 'withdrawal_release', 'withdrawal', 'transfer')
        ) AS l
        WHERE NOT EXISTS (SELECT FROM portfolio.transfers AS t WHERE t.id = l.ref_id)

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
            SELECT l.asset_id, l.d_available + l.d_held
            FROM portfolio.ledger_entries AS l
            WHERE l.user_id IN (SELECT a.id FROM system_account AS a)
        ) AS s
        GROUP BY s.asset_id
        HAVING sum(s.amount) <> 0
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
        (4, 'an order is the sum of its fills'),
        (5, 'status, filled quantity, hold and end of an order agree'),
        (6, 'a position is what its fills make of it'),
        (7, 'every trade has two opposite fills'),
        (8, 'nobody trades worse than their limit'),
        (10, 'the entries of a balance are a chain without a gap'),
        (11, 'what one is long, others are short'),
        (12, 'every journal sums to zero per asset'),
        (13, 'the external account mirrors transfers, the fee account fills'),
        (14, 'the trades of a market are counted without a gap'),
        (15, 'a client order id leads to one order'),
        (16, 'an id carries the time of its row'),
        (18, 'an open order holds what it may cost'),
        (20, 'no amount has more decimals than its asset'),
        (21, 'no entry is an orphan, no table runs out of leaves'),
        (22, 'customers and system accounts together own nothing')
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
