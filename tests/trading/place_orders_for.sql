-- trading.place_orders_for(): many orders of a user, each under the rules of its market, all of them or none.

BEGIN;
SELECT plan(45);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'place_orders_for', ARRAY['uuid', 'jsonb'], 'who calls it writes no order');
SELECT is(
    pg_temp.who_may_execute('trading.place_orders_for(uuid,jsonb)'), ARRAY['service_role'], 'only a service may'
);

CREATE FUNCTION pg_temp.buy(changes jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object(
    'market', 'T1BTC-T1USD', 'side', 'buy', 'type', 'limit', 'quantity', '0.5', 'price', '100'
) || changes
$$;
GRANT EXECUTE ON FUNCTION pg_temp.buy(jsonb) TO PUBLIC;

PREPARE places(jsonb) AS
SELECT
    d.element -> 'order' ->> 'market', d.element -> 'order' ->> 'side', d.element -> 'order' ->> 'status',
    d.element -> 'order' ->> 'price', d.element -> 'order' ->> 'hold', d.element -> 'order' ->> 'client_order_id',
    (d.element ->> 'replayed')::boolean
FROM jsonb_array_elements(trading.place_orders_for(:'alice', $1)) WITH ORDINALITY AS d (element, n) ORDER BY d.n;
PREPARE ids(jsonb) AS
SELECT array_agg(d.element -> 'order' ->> 'id' ORDER BY d.n)
FROM jsonb_array_elements(trading.place_orders_for(:'alice', $1)) WITH ORDINALITY AS d (element, n);
PREPARE stranger_places(jsonb) AS
SELECT trading.place_orders_for('dddddddd-0000-4000-8000-00000000000d', jsonb_build_array($1));
PREPARE places_many(integer, jsonb) AS
SELECT jsonb_array_length(trading.place_orders_for(:'alice', (
    SELECT jsonb_agg($2 || jsonb_build_object('quantity', '0.1', 'price', (20 + n * 0.01)::text))
    FROM generate_series(1, $1) AS n
)));
PREPARE written AS
SELECT
    (SELECT count(*) FROM trading.orders AS o WHERE o.market_id IN (:traded, :acked)),
    (SELECT count(*) FROM trading.client_orders AS c WHERE c.user_id = :'alice'),
    (SELECT count(*) FROM trading.engine_commands AS c WHERE c.market_id IN (:traded, :acked)),
    (SELECT coalesce(sum(b.held), 0)::numeric FROM portfolio.balances AS b WHERE b.user_id = :'alice');

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE places(%L)', jsonb_build_array(pg_temp.buy())), '42501', NULL, 'nobody may');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok(format('EXECUTE places(%L)', jsonb_build_array(pg_temp.buy())), '42501', NULL, 'not even Alice');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok(format('EXECUTE places(%L)', jsonb_build_array(pg_temp.buy())), '42501', NULL, 'nor Bob');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(format('EXECUTE places(%L)', jsonb_build_array(pg_temp.buy())), '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(format('EXECUTE places(%L)', jsonb_build_array(pg_temp.buy())), '42501', NULL, 'nor an operator');
RESET ROLE;

-- What is refused, and that it names the element. The first two of each batch are sound.

CREATE FUNCTION pg_temp.refusal(bad jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM trading.place_orders_for('aaaaaaaa-0000-4000-8000-00000000000a', jsonb_build_array(
        pg_temp.buy('{"client_order_id": "one"}'), pg_temp.buy('{"client_order_id": "two"}'), bad
    ));
    RETURN 'placed';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' ', sqlstate, detail::jsonb ->> 'index', detail::jsonb ->> 'argument');
END
$$;
SELECT is(pg_temp.refusal(r.bad), r.refusal, r.why)
FROM (VALUES
    ('5'::jsonb, 'TR010 2 orders', 'an order is an object'),
    (pg_temp.buy('{"quantity": "NaN"}'), 'TR010 2 quantity', 'NaN is no quantity'),
    (pg_temp.buy('{"quantity": "-1"}'), 'TR010 2 quantity', 'nor is less than nothing'),
    (pg_temp.buy('{"quantity": "1e131072"}'), 'TR010 2 quantity', 'nor what no number holds'),
    (pg_temp.buy('{"price": "Infinity"}'), 'TR010 2 price', 'Infinity is no price'),
    (pg_temp.buy('{"price": null}'), 'TR010 2 price', 'a limit order has one'),
    (pg_temp.buy('{"side": "hold"}'), 'TR010 2 side', 'a side is bought or sold'),
    (pg_temp.buy('{"post_only": "yes"}'), 'TR010 2 post_only', 'a flag is a flag'),
    (pg_temp.buy('{"expires_at": "tomorrow"}'), 'TR010 2 expires_at', 'a time is a time'),
    (pg_temp.buy('{"time_in_force": "gtd", "expires_at": "2031-02-30T00:00:00Z"}'), 'TR010 2 expires_at',
        'and a day is in its month'),
    (pg_temp.buy('{"time_in_force": "gtd", "expires_at": "2999-01-01T00:00:00Z"}'), 'TR010 2 expires_at',
        'no order lives so long'),
    (pg_temp.buy('{"qty": "1"}'), 'TR010 2 qty', 'a word that nobody knows is not passed over'),
    (pg_temp.buy('{"client_order_id": "not a key"}'), 'TR010 2 client_order_id', 'a name has no blanks'),
    (pg_temp.buy('{"time_in_force": "ioc", "post_only": true}'), 'TR007 2', 'some things do not go together'),
    (pg_temp.buy('{"market": "T1-NOT-HERE"}'), 'TR001 2', 'a market is known'),
    (pg_temp.buy('{"market": "T1ETH-T1BTC"}'), 'TR307 2', 'and matched by an engine'),
    (pg_temp.buy('{"price": "100.001"}'), 'TR003 2', 'a price is a multiple of the tick'),
    (pg_temp.buy('{"quantity": "0.50005"}'), 'TR004 2', 'a quantity of the lot'),
    (pg_temp.buy('{"quantity": "0.005"}'), 'TR005 2', 'an order is worth something'),
    (pg_temp.buy('{"client_order_id": "one", "price": "99"}'), 'TR204 2', 'a name names one order'),
    (pg_temp.buy('{"quantity": "450", "price": "100"}'), 'TR101', 'there is enough for all')
) AS r (bad, refusal, why);
SELECT results_eq(
    'written', $$ VALUES (0::bigint, 0::bigint, 0::bigint, 0::numeric) $$, 'nothing of any of them was placed'
);
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE places('[]') $$, 'TR010', NULL, 'a batch has an order');
SELECT throws_ok($$ EXECUTE places('{}') $$, 'TR010', NULL, 'and is a list');
SELECT throws_ok($$ EXECUTE places(NULL) $$, 'TR010', NULL, 'and is there');
SELECT throws_ok(
    format('EXECUTE places_many(1001, %L)', pg_temp.buy()), 'TR010', NULL, 'of a thousand at most'
);
SELECT throws_ok(
    format('EXECUTE stranger_places(%L)', pg_temp.buy()), 'TR012', 'unknown user', 'a stranger places nothing'
);
RESET ROLE;

-- Rules that count: those of the batch count too

UPDATE market.markets SET max_open_orders = 2 WHERE id = :traded;
SELECT is(pg_temp.refusal(pg_temp.buy()), 'TR009 2', 'the third of two is too many');
UPDATE market.markets SET max_open_orders = 200 WHERE id = :traded;
UPDATE identity.users SET status = 'restricted' WHERE id = :'bob';
INSERT INTO trading.positions (user_id, market_id, quantity, entry_cost, realized_pnl, fees)
VALUES (:'bob', :traded, 0.5, 50, 0, 0);
SELECT is(
    pg_temp.detail_of(format(
        'SELECT trading.place_orders_for(%L, %L)', :'bob', jsonb_build_array(
            pg_temp.buy('{"side": "sell", "quantity": "0.3"}'), pg_temp.buy('{"side": "sell", "quantity": "0.3"}')
        )
    )), '{"index": 1, "status": "restricted"}', 'who is restricted sells what they have, and no more'
);

-- Placed

SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE places(%L)', jsonb_build_array(
        pg_temp.buy('{"client_order_id": "a"}'), pg_temp.buy('{"market": "T1ETH-T1USD", "price": "50"}'),
        pg_temp.buy('{"side": "sell", "price": "110", "quantity": 0.25}'),
        pg_temp.buy('{"client_order_id": "a"}')
    )),
    $$ VALUES
    ('T1BTC-T1USD', 'buy', 'open', '100', '50.1', 'a', FALSE),
    ('T1ETH-T1USD', 'buy', 'pending', '50', '25.025', NULL, FALSE),
    ('T1BTC-T1USD', 'sell', 'open', '110', '0.25', NULL, FALSE),
    ('T1BTC-T1USD', 'buy', 'open', '100', '50.1', 'a', TRUE) $$,
    'orders of several markets are placed, each as it would be alone; a name makes one'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT o.side::text, o.seq = c.seq, o.closed_at = 'infinity', o.created_at = core.uuid7_time(o.id),
           o.expires_at = o.created_at + INTERVAL '90 days', o.version, rank() OVER (ORDER BY o.seq)
       FROM trading.orders AS o
       JOIN trading.engine_commands AS c ON c.order_id = o.id AND c.kind = 'place'
       WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY o.seq $$,
    $$ VALUES
    ('buy', TRUE, TRUE, TRUE, TRUE, 1, 1::bigint), ('buy', TRUE, TRUE, TRUE, TRUE, 1, 2),
    ('sell', TRUE, TRUE, TRUE, TRUE, 1, 3) $$,
    'they stand in their order, and the engine hears of each once'
);
SELECT results_eq(
    $$ SELECT count(DISTINCT l.journal_id), count(*), bool_and(l.ref_id = l.journal_id),
           sum(l.d_available + l.d_held)::numeric
       FROM portfolio.ledger_entries AS l
       WHERE l.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND l.reason = 'order_hold' $$,
    $$ VALUES (1::bigint, 2::bigint, TRUE, 0::numeric) $$, 'one journal holds for all, an entry per asset'
);
SELECT results_eq(
    $$ SELECT a.code, trim_scale(b.held)::text FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND b.held > 0 ORDER BY a.code $$,
    $$ VALUES ('T1BTC', '0.25'), ('T1USD', '75.125') $$, 'what they may cost'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE places(%L)', jsonb_build_array(
        pg_temp.buy('{"client_order_id": "a"}'),
        pg_temp.buy('{"type": "market", "price": null, "quantity": "0.1", "client_order_id": "b"}')
    )),
    $$ VALUES
    ('T1BTC-T1USD', 'buy', 'open', '100', '50.1', 'a', TRUE),
    ('T1BTC-T1USD', 'buy', 'open', '121', '12.1242', 'b', FALSE) $$,
    'a batch may repeat some and add others; a market order has its collar'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT count(*) FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
       WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY[4::bigint], 'what is repeated is not told again'
);
SELECT is_empty(
    format(
        $$ SELECT * FROM (
            SELECT l.version - lag(l.version, 1, 0::bigint) OVER (PARTITION BY l.asset_id ORDER BY l.version) AS step
            FROM portfolio.ledger_entries AS l WHERE l.user_id = %L
        ) AS s WHERE s.step <> 1 $$, :'alice'
    ), 'the entries of each balance are a chain'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE places_many(150, %L)', pg_temp.buy()), ARRAY[150], 'many are placed at once'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT count(*), bool_and(o.price = 20 + (o.place - 3) * 0.01) FROM (
           SELECT o.price, rank() OVER (ORDER BY o.seq) - 1 AS place FROM trading.orders AS o
           WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a'
       ) AS o WHERE o.place > 3 $$,
    $$ VALUES (150::bigint, TRUE) $$, 'in the order of the list'
);

SELECT finish();
ROLLBACK;
