-- The history that `tradebase seed` makes, in one transaction: what the exchange's commands would have left behind, had
-- they been sent over days. Chance is a hash of a row's number, so the same options make the same rows. Each "-- step:"
-- is a piece of work that the progress bar shows. The caller has made pg_temp.options: orders, users, open_orders, seed,
-- from_ms and until_ms (milliseconds since 1970).

-- step: Lock
LOCK TABLE trading.orders, trading.client_orders, portfolio.ledger_entries, portfolio.transfers IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM trading.orders) OR EXISTS (SELECT FROM trading.engine_commands)
        OR EXISTS (SELECT FROM portfolio.ledger_entries) OR EXISTS (SELECT FROM portfolio.ledger_checkpoints)
        OR EXISTS (SELECT FROM portfolio.transfers)
    THEN
        RAISE EXCEPTION 'this database holds orders or customers'' money: history is only made in an empty one';
    END IF;
END
$$;
-- Compiling statements that run once takes longer than they do.
SET LOCAL jit = off;
SET LOCAL work_mem = '256MB';
SET LOCAL maintenance_work_mem = '256MB';
SET LOCAL timezone = 'UTC';

-- Between 0 and 1; the same for the same row, purpose and seed.
CREATE FUNCTION pg_temp.chance(n bigint, purpose bigint) RETURNS double precision LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, purpose) & 9007199254740991) / 9007199254740992::double precision;

-- A UUID version 7 of a millisecond, told apart by kind and number.
CREATE FUNCTION pg_temp.id(ms bigint, kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex(ms), 12, '0') || '7' || kind || '8' || lpad(to_hex(n), 15, '0'))::uuid;

CREATE FUNCTION pg_temp.at(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN to_timestamp(ms / 1000::double precision);

-- step: Markets
CREATE TEMPORARY TABLE listed ON COMMIT DROP AS
SELECT *
FROM (
    VALUES
    (1, 'BTC', 8, 0.01, 0.00001, 6000000),
    (2, 'ETH', 8, 0.01, 0.0001, 300000),
    (3, 'SOL', 8, 0.01, 0.001, 15000),
    (4, 'XRP', 6, 0.0001, 0.1, 6000),
    (5, 'ADA', 6, 0.0001, 0.1, 4500),
    (6, 'LTC', 8, 0.01, 0.001, 8000),
    (7, 'LINK', 8, 0.001, 0.01, 14000),
    (8, 'DOT', 8, 0.001, 0.01, 7000)
) AS v (n, code, scale, tick, lot, first_ticks);
INSERT INTO market.assets (code, name, kind, scale, display_scale)
SELECT 'USD', 'Dollar', 'fiat', 10, 2
UNION ALL
SELECT v.code, v.code, 'crypto', v.scale, v.scale FROM listed AS v
ON CONFLICT (code) DO NOTHING;
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, maker_fee_rate, taker_fee_rate,
    max_open_orders
)
SELECT v.code || '-USD', b.id, q.id, 'open', 'external', v.tick, v.lot, 0.001, 0.002, 100000
FROM listed AS v
JOIN market.assets AS b ON b.code = v.code
JOIN market.assets AS q ON q.code = 'USD'
ORDER BY v.n;
INSERT INTO market.fee_schedules (fee_tier, maker_fee_rate, taker_fee_rate) VALUES ('active', 0.0004, 0.001);
CREATE TEMPORARY TABLE pair ON COMMIT DROP AS
SELECT
    v.n, m.id, m.base_asset_id, m.quote_asset_id, q.scale::integer AS scale, v.tick, v.lot, v.first_ticks
FROM listed AS v
JOIN market.markets AS m ON m.symbol = v.code || '-USD'
JOIN market.assets AS q ON q.id = m.quote_asset_id;

-- A random walk of a thousand steps in each market, on its grid.
CREATE TEMPORARY TABLE walk ON COMMIT DROP AS
SELECT
    p.n AS pair, s.step,
    p.first_ticks + sum(
        round((pg_temp.chance(p.n * 1000 + s.step, o.seed) - 0.5) * p.first_ticks / 250)::bigint
    ) OVER (PARTITION BY p.n ORDER BY s.step)::bigint AS ticks
FROM options AS o, pair AS p, generate_series(0, 1000) AS s (step);

-- step: Users
INSERT INTO auth.users (id, email)
SELECT md5('user ' || o.seed || ' ' || s.n)::uuid, 'seed' || s.n || '@example.org'
FROM options AS o, generate_series(1, o.users) AS s (n);
CREATE TEMPORARY TABLE trader ON COMMIT DROP AS
SELECT s.n, md5('user ' || o.seed || ' ' || s.n)::uuid AS id, s.n <= o.users / 20 AS is_active
FROM options AS o, generate_series(1, o.users) AS s (n);
-- They were there before their orders; one in twenty pays less.
UPDATE identity.users AS u
SET created_at = pg_temp.at(o.from_ms), fee_tier = CASE WHEN t.is_active THEN 'active' ELSE u.fee_tier END
FROM trader AS t, options AS o
WHERE u.id = t.id;
CREATE TEMPORARY TABLE terms ON COMMIT DROP AS
SELECT t.n AS trader, p.n AS pair, r.maker_fee_rate, r.taker_fee_rate, r.default_stp, r.max_order_age
FROM trader AS t, pair AS p, trading.order_rules(t.id, p.id) AS r;

-- step: Leaves
SELECT ops.ensure_partitions(p.parent, pg_temp.at(o.from_ms)::date, pg_temp.at(o.until_ms)::date)
FROM ops.partition_policies AS p, options AS o
WHERE
    p.parent IN (
        'trading.orders'::regclass, 'trading.engine_commands', 'trading.trades', 'trading.fills',
        'portfolio.ledger_entries'
    );
-- For who rolls the trades up: their first week began up to six days before.
SELECT ops.ensure_partitions('market.price_history', pg_temp.at(o.from_ms)::date - 6, pg_temp.at(o.until_ms)::date)
FROM options AS o;
-- Indexes come back when everything is there; of the open book, which is small, its own stay.
CREATE TEMPORARY TABLE later ON COMMIT DROP AS
SELECT
    i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS on_table, c.conname,
    CASE
        -- Of a parent it says ONLY, which would leave the leaves without.
        WHEN c.oid IS NULL THEN replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    END AS definition
FROM pg_index AS i
LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype = 'p'
WHERE
    i.indrelid IN (
        'trading.orders'::regclass, 'trading.engine_commands'::regclass, 'trading.trades'::regclass,
        'trading.fills'::regclass, 'portfolio.ledger_entries'::regclass, 'trading.client_orders'::regclass
    );
DO $$
DECLARE
    i record;
BEGIN
    FOR i IN SELECT * FROM later LOOP
        IF i.conname IS NULL THEN
            EXECUTE format('DROP INDEX %s', i.name);
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', i.on_table, i.conname);
        END IF;
    END LOOP;
END
$$;

-- step: Episodes
-- History is made of episodes: one to three orders that meet each other and nobody else. leg: an order of an episode,
-- its size and what is filled in units, when it is placed and when it ends as parts of the episode's life, and after how
-- many milliseconds more (settlement takes a while). meeting: a trade, and what both orders had and have left.
CREATE TEMPORARY TABLE leg (
    form integer, leg integer, is_taker boolean, units integer, filled integer, fills integer, tif text,
    placed_at numeric, ends_as text, ends_at numeric, ends_after integer
) ON COMMIT DROP;
INSERT INTO leg VALUES
-- 1: placed and canceled
(1, 1, FALSE, 1, 0, 0, 'gtc', 0, 'canceled', 1, 0),
-- 2: one against one
(2, 1, FALSE, 1, 1, 1, 'gtc', 0, 'filled', 0.5, 2),
(2, 2, TRUE, 1, 1, 1, 'ioc', 0.5, 'filled', 0.5, 2),
-- 3: partly filled, then canceled
(3, 1, FALSE, 3, 1, 1, 'gtc', 0, 'canceled', 1, 0),
(3, 2, TRUE, 1, 1, 1, 'gtc', 0.5, 'filled', 0.5, 2),
-- 4: one sweeps two
(4, 1, FALSE, 1, 1, 1, 'gtc', 0, 'filled', 0.5, 2),
(4, 2, FALSE, 2, 2, 1, 'gtc', 0.2, 'filled', 0.5, 4),
(4, 3, TRUE, 3, 3, 2, 'ioc', 0.5, 'filled', 0.5, 4),
-- 5: finds only a part of what it wants at once
(5, 1, FALSE, 1, 1, 1, 'gtc', 0, 'filled', 0.5, 2),
(5, 2, TRUE, 2, 1, 1, 'ioc', 0.5, 'expired', 0.5, 2),
-- 6: filled by two, one after the other
(6, 1, FALSE, 3, 3, 2, 'gtc', 0, 'filled', 0.8, 4),
(6, 2, TRUE, 1, 1, 1, 'ioc', 0.5, 'filled', 0.5, 2),
(6, 3, TRUE, 2, 2, 1, 'gtc', 0.8, 'filled', 0.8, 4),
-- 7: open; 8: open, partly filled
(7, 1, FALSE, 1, 0, 0, 'gtc', 0, NULL, NULL, NULL),
(8, 1, FALSE, 3, 1, 1, 'gtc', 0, NULL, 0.5, 2),
(8, 2, TRUE, 1, 1, 1, 'ioc', 0.5, 'filled', 0.5, 2);
CREATE TEMPORARY TABLE meeting (
    form integer, meeting integer, maker integer, taker integer, units integer, maker_had integer, maker_has integer,
    taker_had integer, taker_has integer, closes boolean
) ON COMMIT DROP;
INSERT INTO meeting VALUES
(2, 1, 1, 2, 1, 1, 0, 1, 0, FALSE),
(3, 1, 1, 2, 1, 3, 2, 1, 0, FALSE),
(4, 1, 1, 3, 1, 1, 0, 3, 2, FALSE),
(4, 2, 2, 3, 2, 2, 0, 2, 0, FALSE),
(5, 1, 1, 2, 1, 1, 0, 2, 0, TRUE),
(6, 1, 1, 2, 1, 3, 2, 1, 0, FALSE),
(6, 2, 1, 3, 2, 2, 0, 2, 0, FALSE),
(8, 1, 1, 2, 1, 3, 2, 1, 0, FALSE);

-- Of 28 orders 14 are canceled as they were, one is canceled in part, one expires, 12 are filled. What is left over when
-- the number is not a multiple is canceled too. Of the open ones every eighth is filled in part, by one order more.
CREATE TEMPORARY TABLE episode ON COMMIT DROP AS
SELECT
    e.n, e.form, e.pair, e.direction, e.parity, e.started_ms, e.life_ms, e.lots,
    CASE WHEN e.is_open THEN z.ticks ELSE w.ticks END
    -- Makers stand behind the price by one to twenty ticks, the open ones deeper into the book.
    - e.direction * (1 + (e.depth ^ 2 * CASE WHEN e.is_open THEN 500 ELSE 20 END)::bigint) AS ticks
FROM (
    SELECT
        f.n, f.form, f.is_open,
        least(8, floor(9 ^ pg_temp.chance(f.n, o.seed + 1)))::integer AS pair,
        CASE WHEN pg_temp.chance(f.n, o.seed + 2) < 0.5 THEN 1 ELSE -1 END AS direction,
        (pg_temp.chance(f.n, o.seed + 3) < 0.5)::integer AS parity,
        1 + floor(200 * pg_temp.chance(f.n, o.seed + 4) ^ 3)::bigint AS lots,
        pg_temp.chance(f.n, o.seed + 5) AS depth,
        -- Ten seconds to three hours, and all of it inside the time asked for.
        l.life_ms,
        o.from_ms + 1000 + floor(
            (o.until_ms - o.from_ms - 2000 - l.life_ms) * CASE
                WHEN f.is_open THEN 0.95 + 0.05 * pg_temp.chance(f.n, o.seed + 6)
                ELSE pg_temp.chance(f.n, o.seed + 6)
            END
        )::bigint AS started_ms
    FROM options AS o
    CROSS JOIN LATERAL (
        SELECT s.n, TRUE AS is_open, CASE WHEN s.n % 8 = 0 THEN 8 ELSE 7 END AS form
        FROM generate_series(1, o.open_orders) AS s (n)
        UNION ALL
        SELECT
            o.open_orders + s.n, FALSE,
            CASE WHEN s.n > r.cycles * 20 THEN 1 ELSE ('{1,2,1,3,1,4,1,1,5,1,1,2,1,1,6,1,1,1,1,1}'::integer[])[1 + s.n % 20] END
        FROM (
            SELECT c.closed / 28 AS cycles, c.closed % 28 AS rest
            FROM (SELECT o.orders - o.open_orders - o.open_orders / 8 AS closed) AS c
        ) AS r
        CROSS JOIN LATERAL generate_series(1, r.cycles * 20 + r.rest) AS s (n)
    ) AS f
    CROSS JOIN LATERAL (
        SELECT floor(10000 * least(1000, (o.until_ms - o.from_ms) / 20000) ^ pg_temp.chance(f.n, o.seed + 7))::bigint
    ) AS l (life_ms)
) AS e
CROSS JOIN options AS o
JOIN walk AS w
    ON w.pair = e.pair AND w.step = (e.started_ms - o.from_ms) * 1000 / (o.until_ms - o.from_ms)
JOIN walk AS z ON z.pair = e.pair AND z.step = 1000;

-- step: Commands
-- Placements and cancels in the order of their times. Makers and takers of an episode are of different halves of the
-- users, so nobody meets themself; the first users are the busiest.
CREATE TEMPORARY TABLE command ON COMMIT DROP AS
SELECT
    c.ms, c.kind, r.n, r.leg, r.placed_ms, r.ended_ms, r.trader, r.pair, r.side, r.direction, r.tif, r.ends_as, r.fills,
    r.units, r.filled, r.lots * p.lot AS unit, r.ticks * p.tick AS price, t.maker_fee_rate, t.taker_fee_rate,
    pg_temp.id(r.placed_ms, '000', 4 * r.n + r.leg) AS id,
    nextval('trading.command_seq') AS seq
FROM (
    SELECT
        e.n, g.leg, e.pair, g.tif, g.ends_as, g.fills, g.filled, g.units, e.lots,
        e.started_ms + floor(e.life_ms * g.placed_at)::bigint AS placed_ms,
        e.started_ms + floor(e.life_ms * g.ends_at)::bigint + g.ends_after AS ended_ms,
        CASE WHEN g.is_taker THEN -e.direction ELSE e.direction END AS direction,
        CASE WHEN g.is_taker = (e.direction > 0) THEN 'sell' ELSE 'buy' END AS side,
        -- A taker is good for the worst maker that it meets, and sometimes for more.
        e.ticks - e.direction * CASE WHEN g.is_taker THEN 1 + (e.n + g.leg) % 3 ELSE g.leg - 1 END AS ticks,
        2 * floor((o.users / 2) ^ pg_temp.chance(4 * e.n + g.leg, o.seed + 8))::integer
        - CASE WHEN g.is_taker THEN e.parity ELSE 1 - e.parity END AS trader
    FROM episode AS e
    JOIN leg AS g USING (form)
    CROSS JOIN options AS o
) AS r
JOIN pair AS p ON p.n = r.pair
JOIN terms AS t ON t.trader = r.trader AND t.pair = r.pair
CROSS JOIN LATERAL (
    SELECT r.placed_ms AS ms, 'place' AS kind
    UNION ALL
    SELECT r.ended_ms, 'cancel' WHERE r.ends_as = 'canceled'
) AS c
-- What is made of commands keeps this order on disk.
ORDER BY c.ms, r.n, r.leg;
-- Taken for few, each of them would look through all traders.
ANALYZE command;

-- step: Trades
CREATE TEMPORARY TABLE met ON COMMIT DROP AS
SELECT
    m.*,
    pg_temp.id(m.executed_ms, '001', 4 * m.n + m.meeting) AS id,
    pg_temp.id(m.executed_ms, '006', 4 * m.n + m.meeting) AS journal_id,
    row_number() OVER w AS seq,
    -- Behind its trade the engine counts the end of an order that found only a part.
    row_number() OVER w + sum(m.closes::integer) OVER w - m.closes::integer AS engine_seq
FROM (
    SELECT
        a.n, g.meeting, g.closes, t.ms + 2 * g.meeting AS executed_ms, a.pair, t.side AS taker_side,
        a.id AS maker, t.id AS taker, a.price, g.units * a.unit AS quantity, g.units * a.unit * a.price AS quote,
        a.trader AS maker_trader, t.trader AS taker_trader, a.maker_fee_rate AS maker_rate,
        t.taker_fee_rate AS taker_rate, a.leg AS maker_leg, t.leg AS taker_leg,
        -- What both hold before and after.
        trading.order_hold(
            a.side, a.price, g.maker_had * a.unit, a.maker_fee_rate, a.taker_fee_rate, p.scale
        ) AS maker_held,
        trading.order_hold(
            a.side, a.price, g.maker_has * a.unit, a.maker_fee_rate, a.taker_fee_rate, p.scale
        ) AS maker_holds,
        trading.order_hold(
            t.side, t.price, g.taker_had * a.unit, t.maker_fee_rate, t.taker_fee_rate, p.scale
        ) AS taker_held,
        trading.order_hold(
            t.side, t.price, g.taker_has * a.unit, t.maker_fee_rate, t.taker_fee_rate, p.scale
        ) AS taker_holds,
        p.id AS market_id, p.base_asset_id, p.quote_asset_id, p.scale
    FROM command AS a
    JOIN episode AS e USING (n)
    JOIN meeting AS g ON g.form = e.form AND g.maker = a.leg
    JOIN command AS t ON t.n = a.n AND t.leg = g.taker AND t.kind = 'place'
    JOIN pair AS p ON p.n = a.pair
    WHERE a.kind = 'place'
) AS m
WINDOW w AS (PARTITION BY m.pair ORDER BY m.executed_ms, m.n, m.meeting);
INSERT INTO trading.trades (
    id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, maker_order_id, taker_order_id,
    engine_seq, engine_at
)
SELECT
    m.id, pg_temp.at(m.executed_ms), m.market_id, m.seq, m.price, m.quantity, m.quote, m.taker_side, m.maker, m.taker,
    m.engine_seq, pg_temp.at(m.executed_ms - 1)
FROM met AS m
ORDER BY m.executed_ms, m.n, m.meeting;

-- step: Fills
-- A trade from both sides, with the fee that settlement truncates and the position that it makes.
CREATE TEMPORARY TABLE side ON COMMIT DROP AS
SELECT
    s.*, trunc(m.quote * s.fee_rate, m.scale) AS fee, m.n, m.meeting, m.pair, m.seq, m.id AS trade_id, m.journal_id, m.executed_ms,
    m.market_id, m.base_asset_id, m.quote_asset_id, m.price, m.quantity, m.quote,
    trading.position_fold(
        CASE s.side WHEN 'buy' THEN m.quantity ELSE -m.quantity END, CASE s.side WHEN 'buy' THEN m.quote ELSE -m.quote END
    ) OVER (PARTITION BY s.trader, m.pair ORDER BY m.seq) AS position
FROM met AS m
CROSS JOIN LATERAL (
    VALUES
    (
        m.maker, m.maker_leg, m.maker_trader, CASE m.taker_side WHEN 'buy' THEN 'sell' ELSE 'buy' END, 'maker',
        m.maker_rate, m.maker_held, m.maker_holds
    ),
    (
        m.taker, m.taker_leg, m.taker_trader, m.taker_side, 'taker', m.taker_rate, m.taker_held, m.taker_holds
    )
) AS s (order_id, leg, trader, side, liquidity, fee_rate, held, holds);
INSERT INTO trading.fills (
    id, executed_at, trade_id, trade_seq, order_id, user_id, market_id, side, liquidity, price, quantity, quote_quantity,
    fee, fee_asset_id, fee_rate, realized_pnl
)
SELECT
    pg_temp.id(s.executed_ms, CASE s.liquidity WHEN 'maker' THEN '002' ELSE '003' END, 4 * s.n + s.meeting),
    pg_temp.at(s.executed_ms), s.trade_id, s.seq, s.order_id, t.id, s.market_id, s.side, s.liquidity, s.price, s.quantity,
    s.quote, s.fee, s.quote_asset_id, s.fee_rate,
    (s.position).realized_pnl
    - lag((s.position).realized_pnl, 1, 0::numeric) OVER (PARTITION BY s.trader, s.pair ORDER BY s.seq)
FROM side AS s
JOIN trader AS t ON t.n = s.trader
ORDER BY s.executed_ms, s.n, s.meeting, s.liquidity;
INSERT INTO trading.positions (
    user_id, market_id, quantity, entry_cost, realized_pnl, fees, opened_at, updated_at, version
)
SELECT
    t.id, s.market_id, (s.last).quantity, (s.last).entry_cost, (s.last).realized_pnl, s.fees,
    pg_temp.at(s.opened_ms), pg_temp.at(s.updated_ms), s.fills
FROM (
    SELECT
        x.trader, x.market_id, (array_agg(x.position ORDER BY x.seq DESC))[1] AS last, sum(x.fee) AS fees,
        -- Since its last fill from nothing.
        max(x.executed_ms) FILTER (WHERE x.opens) AS opened_ms, max(x.executed_ms) AS updated_ms, count(*) AS fills
    FROM (
        SELECT y.*, lag((y.position).quantity, 1, 0::numeric) OVER (PARTITION BY y.trader, y.pair ORDER BY y.seq) = 0 AS opens
        FROM side AS y
    ) AS x
    GROUP BY x.trader, x.market_id
) AS s
JOIN trader AS t ON t.n = s.trader;
INSERT INTO market.market_state (market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at, updated_at)
SELECT DISTINCT ON (m.pair)
    m.market_id, m.engine_seq + m.closes::integer, m.seq, m.price, pg_temp.at(m.executed_ms), pg_temp.at(m.executed_ms)
FROM met AS m
ORDER BY m.pair, m.seq DESC;

-- step: Orders
INSERT INTO trading.orders (
    id, closed_at, created_at, updated_at, seq, user_id, market_id, side, type, time_in_force, status, price, quantity,
    filled_quantity, filled_quote, fee_total, hold, hold_asset_id, maker_fee_rate, taker_fee_rate, stp, on_book,
    expires_at, client_order_id, close_reason, close_seq, version
)
SELECT
    c.id, CASE WHEN c.ends_as IS NULL THEN 'infinity' ELSE pg_temp.at(c.ended_ms) END, pg_temp.at(c.ms),
    pg_temp.at(coalesce(c.ended_ms, c.ms)), c.seq, t.id, p.id, c.side, 'limit', c.tif,
    coalesce(c.ends_as, CASE c.filled WHEN 0 THEN 'open' ELSE 'partially_filled' END),
    c.price, c.units * c.unit, c.filled * c.unit, coalesce(f.quote, 0), coalesce(f.fee, 0),
    CASE WHEN c.ends_as IS NULL THEN trading.order_hold(
        c.side, c.price, (c.units - c.filled) * c.unit, c.maker_fee_rate, c.taker_fee_rate, p.scale
    ) ELSE 0 END,
    CASE c.side WHEN 'buy' THEN p.quote_asset_id ELSE p.base_asset_id END, c.maker_fee_rate, c.taker_fee_rate,
    k.default_stp, c.ends_as IS NULL,
    CASE c.tif WHEN 'gtc' THEN pg_temp.at(c.ms) + k.max_order_age END,
    CASE WHEN c.n % 2 = 0 THEN c.n || '-' || c.leg END,
    CASE c.ends_as WHEN 'filled' THEN 'filled' WHEN 'canceled' THEN 'user_cancel' WHEN 'expired' THEN 'ioc_remainder' END,
    CASE c.ends_as WHEN 'expired' THEN f.engine_seq + 1 END,
    1 + c.fills + CASE WHEN c.ends_as = 'canceled' THEN 1 ELSE 0 END
FROM command AS c
JOIN trader AS t ON t.n = c.trader
JOIN pair AS p ON p.n = c.pair
CROSS JOIN (SELECT min(x.default_stp) AS default_stp, min(x.max_order_age) AS max_order_age FROM terms AS x) AS k
LEFT JOIN (
    SELECT s.n, s.leg, sum(s.quote) AS quote, sum(s.fee) AS fee, max(m.engine_seq) AS engine_seq
    FROM side AS s
    JOIN met AS m ON m.n = s.n AND m.meeting = s.meeting
    GROUP BY s.n, s.leg
) AS f ON f.n = c.n AND f.leg = c.leg
WHERE c.kind = 'place'
-- An order comes into its month when it ends.
ORDER BY coalesce(c.ended_ms, c.ms), c.seq;

-- step: Client order ids
-- Every second episode is of users who name their orders.
INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash, created_at)
SELECT
    t.id, c.n || '-' || c.leg, c.id,
    trading.request_hash(p.id, c.side, 'limit', c.units * c.unit, c.price, c.tif, FALSE, NULL, NULL), pg_temp.at(c.ms)
FROM command AS c
JOIN trader AS t ON t.n = c.trader
JOIN pair AS p ON p.n = c.pair
WHERE c.kind = 'place' AND c.n % 2 = 0
ORDER BY c.seq;

-- step: Engine commands
INSERT INTO trading.engine_commands (market_id, seq, created_at, kind, order_id, payload)
SELECT
    p.id, c.seq, pg_temp.at(c.ms), c.kind, c.id,
    CASE c.kind
        WHEN 'cancel' THEN '{}'
        ELSE jsonb_build_object(
            'side', c.side, 'type', 'limit', 'time_in_force', c.tif, 'post_only', FALSE,
            'price', trim_scale(c.price)::text, 'quantity', trim_scale(c.units * c.unit)::text, 'stp', k.default_stp,
            'stp_group', t.id, 'expires_at', CASE c.tif WHEN 'gtc' THEN pg_temp.at(c.ms) + k.max_order_age END
        )
    END
FROM command AS c
JOIN trader AS t ON t.n = c.trader
JOIN pair AS p ON p.n = c.pair
CROSS JOIN (SELECT min(x.default_stp) AS default_stp, min(x.max_order_age) AS max_order_age FROM terms AS x) AS k
ORDER BY c.seq;

-- step: Ledger
-- Every movement of a balance in its order: holds, releases, and the four balances of a trade.
CREATE TEMPORARY TABLE entry ON COMMIT DROP AS
SELECT
    e.*, sum(e.d_available) OVER chain AS available, sum(e.d_held) OVER chain AS held,
    1 + row_number() OVER chain AS version
FROM (
    SELECT
        c.ms, c.n, c.leg AS k, CASE c.kind WHEN 'place' THEN 'order_hold' ELSE 'order_release' END AS reason,
        CASE c.kind WHEN 'place' THEN c.id ELSE pg_temp.id(c.ms, '005', 4 * c.n + c.leg) END AS journal_id,
        c.id AS ref_id, c.trader,
        CASE c.side WHEN 'buy' THEN p.quote_asset_id ELSE p.base_asset_id END AS asset_id,
        CASE c.kind WHEN 'place' THEN -h.hold ELSE h.hold END AS d_available,
        CASE c.kind WHEN 'place' THEN h.hold ELSE -h.hold END AS d_held
    FROM command AS c
    JOIN pair AS p ON p.n = c.pair
    CROSS JOIN LATERAL (
        SELECT trading.order_hold(
            c.side, c.price, c.unit * CASE c.kind WHEN 'place' THEN c.units ELSE c.units - c.filled END,
            c.maker_fee_rate, c.taker_fee_rate, p.scale
        ) AS hold
    ) AS h
    UNION ALL
    SELECT
        s.executed_ms, s.n, s.meeting, 'trade', s.journal_id, s.journal_id, s.trader, i.asset_id, i.d_available, i.d_held
    FROM side AS s
    CROSS JOIN LATERAL (
        VALUES
        (
            CASE s.side WHEN 'buy' THEN s.quote_asset_id ELSE s.base_asset_id END,
            s.held - s.holds - CASE s.side WHEN 'buy' THEN s.quote + s.fee ELSE s.quantity END, s.holds - s.held
        ),
        (
            CASE s.side WHEN 'buy' THEN s.base_asset_id ELSE s.quote_asset_id END,
            CASE s.side WHEN 'buy' THEN s.quantity ELSE s.quote - s.fee END, 0
        )
    ) AS i (asset_id, d_available, d_held)
) AS e
WINDOW chain AS (PARTITION BY e.trader, e.asset_id ORDER BY e.ms, e.n, e.k);

-- Everybody brings what their worst moment needs, and something more, before the first order.
CREATE TEMPORARY TABLE brought ON COMMIT DROP AS
SELECT
    e.trader, t.id AS user_id, e.asset_id, 1 + ceil(greatest(-min(e.available), 0) * 1.2) AS amount,
    sum(e.d_available) AS available, sum(e.d_held) AS held, max(e.version) AS version, max(e.ms) AS ms, pg_temp.id(o.from_ms, '004', 1000 * e.trader::bigint + e.asset_id) AS id
FROM entry AS e
JOIN trader AS t ON t.n = e.trader
CROSS JOIN options AS o
GROUP BY e.trader, t.id, e.asset_id, o.from_ms;
INSERT INTO portfolio.transfers (
    id, user_id, asset_id, kind, status, amount, idempotency_key, external_ref, created_at, completed_at
)
SELECT
    b.id, b.user_id, b.asset_id, 'deposit', 'completed', b.amount, 'seed-' || b.asset_id, 'seed-' || b.trader,
    pg_temp.at(o.from_ms), pg_temp.at(o.from_ms)
FROM brought AS b, options AS o
ORDER BY b.trader, b.asset_id;
INSERT INTO portfolio.balances (user_id, asset_id, available, held, version, updated_at)
SELECT b.user_id, b.asset_id, b.amount + b.available, b.held, b.version, pg_temp.at(b.ms)
FROM brought AS b
ORDER BY b.trader, b.asset_id;
INSERT INTO portfolio.ledger_entries (
    created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after, held_after, version
)
SELECT
    pg_temp.at(l.ms), l.journal_id, l.reason, l.ref_id, l.user_id, l.asset_id, l.d_available,
    l.d_held, l.available, l.held, l.version
FROM (
    SELECT
        o.from_ms AS ms, 0 AS n, 0 AS k, b.id AS journal_id, 'deposit' AS reason, b.id AS ref_id, i.user_id,
        b.asset_id, i.amount AS d_available, 0 AS d_held, i.available, i.held, i.version
    FROM brought AS b
    CROSS JOIN options AS o
    CROSS JOIN LATERAL (
        VALUES
        (b.user_id, b.amount, b.amount, 0, 1),
        (identity.system_user_id('external'), -b.amount, NULL, NULL, NULL)
    ) AS i (user_id, amount, available, held, version)
    UNION ALL
    SELECT
        e.ms, e.n, e.k, e.journal_id, e.reason, e.ref_id,
        b.user_id, e.asset_id, e.d_available, e.d_held, b.amount + e.available, e.held, e.version
    FROM entry AS e
    JOIN brought AS b ON b.trader = e.trader AND b.asset_id = e.asset_id
    UNION ALL
    SELECT
        s.executed_ms, s.n, s.meeting, s.journal_id, 'trade', s.journal_id,
        identity.system_user_id('fees'), s.quote_asset_id, sum(s.fee), 0, NULL, NULL, NULL
    FROM side AS s
    GROUP BY s.n, s.meeting, s.executed_ms, s.journal_id, s.quote_asset_id
    HAVING sum(s.fee) <> 0
) AS l
ORDER BY l.ms, l.n, l.k;

-- step: Indexes
DO $$
DECLARE
    i record;
BEGIN
    FOR i IN SELECT * FROM later ORDER BY conname IS NULL, name LOOP
        EXECUTE i.definition;
    END LOOP;
END
$$;
DROP FUNCTION pg_temp.chance(bigint, bigint), pg_temp.id(bigint, text, bigint), pg_temp.at(bigint);
