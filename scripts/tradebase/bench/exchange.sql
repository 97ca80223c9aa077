-- Markets, users, and the supplies of `tradebase bench exchange`: orders to cancel, batches to place or to settle. All
-- of it is made by the product's own commands, outside the measured time.

CREATE SCHEMA bench;

CREATE FUNCTION bench.user_id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('be000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid;

CREATE FUNCTION bench.symbol(n integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 'B' || n || '-BUSD';

-- What a client takes next, in order: slot is its number, or 1 for all of them.
CREATE TABLE bench.supply (
    slot     integer,
    n        bigint,
    user_id  uuid,
    order_id uuid,
    payload  jsonb,
    PRIMARY KEY (slot, n)
);

-- How far a slot is filled, and which engine sequence its market has then.
CREATE TABLE bench.slots (
    slot       integer PRIMARY KEY,
    last_n     bigint  NOT NULL DEFAULT 0,
    engine_seq bigint  NOT NULL DEFAULT 0
);

INSERT INTO bench.slots (slot) SELECT generate_series(1, 8);

DO $$
BEGIN
    FOR slot IN 1..8 LOOP
        EXECUTE format('CREATE SEQUENCE bench.slot_%s MINVALUE 0 START 1', slot);
    END LOOP;
END
$$;

-- The lock is held until the command has committed: whoever takes the next batch of a market settles it after this one.
CREATE FUNCTION bench.next(slot integer)
RETURNS bench.supply
LANGUAGE plpgsql
VOLATILE
AS $$
DECLARE
    queue CONSTANT regclass := 'bench.slot_' || slot;
    turn  bigint;
    taken bench.supply;
BEGIN
    PERFORM pg_advisory_xact_lock(7474, next.slot);
    turn := nextval(queue);
    SELECT s.* INTO taken FROM bench.supply AS s WHERE s.slot = next.slot AND s.n = turn;
    IF NOT found THEN
        -- A sequence does not roll back: the one who comes after the supply is topped up takes this turn.
        PERFORM setval(queue, turn - 1);
        RAISE EXCEPTION 'the supply ran out';
    END IF;
    RETURN taken;
END
$$;

-- What is left for the slot that has least.
CREATE FUNCTION bench.left_over(slots integer) RETURNS bigint LANGUAGE sql STABLE
RETURN (
    SELECT min(s.last_n - coalesce(pg_sequence_last_value(('bench.slot_' || s.slot)::regclass), 0))
    FROM bench.slots AS s
    WHERE s.slot <= left_over.slots
);

-- A list for api.place_orders_for: bids and asks in turn, from market to market; spread 0 lets them meet at 100.
CREATE FUNCTION bench.orders(first integer, count integer, markets integer, spread integer, key text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
RETURN (
    SELECT jsonb_agg(jsonb_build_object(
        'market', bench.symbol(1 + (orders.first + i / 2) % markets), 'side', (ARRAY['buy', 'sell'])[1 + i % 2],
        'type', 'limit', 'quantity', '0.1',
        'price', (100 + CASE i % 2 WHEN 0 THEN -0.01 ELSE 0.01 END * ceil(spread * random())::integer)::text,
        'client_order_id', key || '-' || i
    ))
    FROM generate_series(0, orders.count - 1) AS s (i)
);

-- So many orders of every user, as many bids as asks in each market; they come back shuffled.
CREATE FUNCTION bench.place(per_user integer, markets integer, spread integer)
RETURNS TABLE (order_id uuid, user_id uuid, market text, side text)
LANGUAGE sql
VOLATILE
BEGIN ATOMIC
    SELECT (a.answer #>> '{order,id}')::uuid, u.id, a.answer #>> '{order,market}', a.answer #>> '{order,side}'
    FROM (SELECT x.id, row_number() OVER (ORDER BY x.id) AS n FROM identity.users AS x WHERE x.kind = 'customer') AS u
    CROSS JOIN LATERAL generate_series(0, place.per_user - 1, 800) AS c (first)
    CROSS JOIN LATERAL api.place_orders_for(
        u.id, bench.orders(u.n::integer, least(800, place.per_user - c.first), place.markets, place.spread)
    ) AS b (answers)
    CROSS JOIN LATERAL jsonb_array_elements(b.answers) AS a (answer)
    ORDER BY random();
END;

-- The three supplies: so many more commands for each of the slots.

CREATE PROCEDURE bench.supply_cancel(slots integer, commands integer, size integer)
LANGUAGE plpgsql
AS $$
DECLARE
    users CONSTANT integer := count(*) FROM identity.users AS u WHERE u.kind = 'customer';
BEGIN
    WITH placed AS MATERIALIZED (
        SELECT o.*, row_number() OVER () - 1 AS n
        FROM bench.place(2 * ceil(slots * commands / users::numeric / 2)::integer, slots, 1000) AS o
    )

    INSERT INTO bench.supply (slot, n, user_id, order_id)
    SELECT 1 + p.n % slots, s.last_n + 1 + p.n / slots, p.user_id, p.order_id
    FROM placed AS p
    JOIN bench.slots AS s ON s.slot = 1 + p.n % slots
    WHERE p.n < slots * commands;
    UPDATE bench.slots AS s SET last_n = s.last_n + commands WHERE s.slot <= slots;
END
$$;

-- Each batch goes to the market of its slot, under names of its own.
CREATE PROCEDURE bench.supply_place_batch(slots integer, commands integer, size integer)
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO bench.supply (slot, n, user_id, payload)
    SELECT
        s.slot, s.last_n + g.n, u.id,
        (
            SELECT jsonb_agg(o.element || jsonb_build_object('market', bench.symbol(s.slot)))
            FROM jsonb_array_elements(bench.orders(0, size, 1, 1000, s.slot || '-' || s.last_n + g.n)) AS o (element)
        )
    FROM bench.slots AS s
    CROSS JOIN generate_series(1, commands) AS g (n)
    JOIN (
        SELECT x.id, row_number() OVER (ORDER BY x.id) - 1 AS n, count(*) OVER () AS users
        FROM identity.users AS x
        WHERE x.kind = 'customer'
    ) AS u ON u.n = (s.slot + 8 * g.n) % u.users
    WHERE s.slot <= slots;
    UPDATE bench.slots AS s SET last_n = s.last_n + commands WHERE s.slot <= slots;
END
$$;

-- One bid and one ask a trade, of two users, and both are filled: every trade moves four balances and ends two orders.
CREATE PROCEDURE bench.supply_settle(slots integer, commands integer, size integer)
LANGUAGE plpgsql
AS $$
DECLARE
    users    CONSTANT integer := count(*) FROM identity.users AS u WHERE u.kind = 'customer';
    per_user CONSTANT integer := ceil(commands * size / users::numeric);
BEGIN
    WITH placed AS MATERIALIZED (
        SELECT o.*, row_number() OVER (PARTITION BY o.market, o.side ORDER BY o.user_id) - 1 AS n
        FROM bench.place(2 * slots * per_user, slots, 0) AS o
    ),

    trade AS (
        SELECT
            s.slot, s.last_n, s.engine_seq, row_number() OVER (PARTITION BY s.slot ORDER BY random()) - 1 AS n,
            b.order_id AS maker, a.order_id AS taker
        FROM placed AS b
        -- Each user meets the next one.
        JOIN placed AS a ON a.market = b.market AND a.side = 'sell' AND a.n = (b.n + per_user) % (users * per_user)
        JOIN bench.slots AS s ON bench.symbol(s.slot) = b.market
        WHERE b.side = 'buy'
    )

    INSERT INTO bench.supply (slot, n, payload)
    SELECT
        t.slot, t.last_n + 1 + t.n / size,
        jsonb_build_array(jsonb_build_object(
            'market', bench.symbol(t.slot), 'first_seq', t.engine_seq + 1 + t.n / size * size,
            'events', jsonb_agg(jsonb_build_object(
                'maker_order_id', t.maker, 'taker_order_id', t.taker, 'price', '100', 'quantity', '0.1'
            ))
        ))
    FROM trade AS t
    WHERE t.n < commands * size
    GROUP BY t.slot, t.last_n, t.engine_seq, t.n / size;
    UPDATE bench.slots AS s
    SET last_n = s.last_n + commands, engine_seq = s.engine_seq + commands * size
    WHERE s.slot <= slots;
END
$$;

-- Markets with one quote asset; users with enough of everything.
CREATE PROCEDURE bench.prepare(users integer, markets integer DEFAULT 8)
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO market.assets (code, name, kind, scale, display_scale)
    SELECT 'BUSD', 'Dollar', 'fiat', 10, 2
    UNION ALL
    SELECT 'B' || n, 'Coin', 'crypto', 8, 8 FROM generate_series(1, markets) AS s (n);
    INSERT INTO market.markets (
        symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, maker_fee_rate, taker_fee_rate,
        max_open_orders
    )
    SELECT bench.symbol(n), b.id, q.id, 'open', 'external', 0.01, 0.001, 0.001, 0.002, 100000
    FROM generate_series(1, markets) AS s (n)
    JOIN market.assets AS b ON b.code = 'B' || n
    JOIN market.assets AS q ON q.code = 'BUSD'
    ORDER BY n;
    INSERT INTO auth.users (id) SELECT bench.user_id(n) FROM generate_series(1, users) AS s (n);
    PERFORM api.deposit(bench.user_id(n), a.code, 1e9, 'funds-' || a.code)
    FROM generate_series(1, users) AS s (n), market.assets AS a
    WHERE a.code LIKE 'B%';
END
$$;

GRANT USAGE ON SCHEMA bench TO service_role;
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA bench TO service_role;
GRANT SELECT ON bench.supply TO service_role;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench TO service_role;
