-- market.set_market_status(): an operator opens, halts and closes; halted and closed end what is open, through the engine
-- where it acknowledges.

BEGIN;
SELECT plan(50);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('market', 'set_market_status', ARRAY['text', 'text'], 'who calls it writes no market');
SELECT function_owner_is('market', 'set_market_status', ARRAY['text', 'text'], 'tradebase_kernel', 'the kernel does');
SELECT is(
    pg_temp.who_may_execute('market.set_market_status(text,text)'), ARRAY['tradebase_operator'],
    'it is for the operator'
);

PREPARE set_status(text, text) AS SELECT market.set_market_status($1, $2);
PREPARE status_of(text) AS SELECT m.status FROM market.markets AS m WHERE m.symbol = $1;
PREPARE orders_in(integer) AS
SELECT
    o.user_id = :'alice', o.status::text, o.close_reason::text, o.hold > 0, o.cancel_requested_at IS NOT NULL, o.version
FROM trading.orders AS o WHERE o.market_id = $1 ORDER BY o.seq;
PREPARE told(integer) AS
SELECT c.kind, count(*), count(DISTINCT c.order_id)
FROM trading.engine_commands AS c WHERE c.market_id = $1 GROUP BY c.kind ORDER BY c.kind;

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nobody off the street halts');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nor does Alice');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nor Bob');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, '42501', NULL, 'nor a worker');

-- What nobody knows
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE set_status('T1-NOT-HERE', 'open') $$, 'TR001', 'unknown market', 'a market is known');
SELECT throws_ok($$ EXECUTE set_status(NULL, 'open') $$, 'TR001', 'unknown market', 'and named');
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'asleep') $$, 'TR010', 'invalid status', 'so is a status');
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', 'OPEN') $$, 'TR010', 'invalid status', 'written small');
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', '') $$, 'TR010', 'invalid status', 'it is not empty');
SELECT throws_ok($$ EXECUTE set_status('T1BTC-T1USD', NULL) $$, 'TR010', 'invalid status', 'and there is one');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE set_status('T1BTC-T1USD', 'asleep') $$) ->> 'argument', 'status',
    'the detail names the argument'
);

-- From each to each: what was allowed is undone.
CREATE FUNCTION pg_temp.may(from_status text, to_status text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE market.markets SET status = from_status WHERE symbol = 'T1ETH-T1BTC';
    PERFORM market.set_market_status('T1ETH-T1BTC', to_status);
    IF (SELECT m.status FROM market.markets AS m WHERE m.symbol = 'T1ETH-T1BTC') <> to_status THEN
        RAISE EXCEPTION 'it did not become %', to_status;
    END IF;
    RETURN TRUE;
EXCEPTION WHEN SQLSTATE 'TR203' THEN
    RETURN FALSE;
END
$$;
SELECT results_eq(
    $$ SELECT f.status, string_agg(t.status, ' ' ORDER BY t.n)
       FROM unnest('{pre_open,open,post_only,cancel_only,halted,closed}'::text[]) WITH ORDINALITY AS f (status, n)
       CROSS JOIN unnest('{pre_open,open,post_only,cancel_only,halted,closed}'::text[]) WITH ORDINALITY AS t (status, n)
       WHERE pg_temp.may(f.status, t.status) GROUP BY f.n, f.status ORDER BY f.n $$,
    $$ VALUES
        ('pre_open', 'pre_open open post_only cancel_only halted closed'),
        ('open', 'open post_only cancel_only halted closed'),
        ('post_only', 'open post_only cancel_only halted closed'),
        ('cancel_only', 'open post_only cancel_only halted closed'),
        ('halted', 'open post_only cancel_only halted closed'),
        ('closed', 'closed') $$,
    'pre_open is only the beginning, closed the end, and what is stays'
);
UPDATE market.markets SET status = 'closed' WHERE id = :embedded;
SELECT is(
    pg_temp.detail_of($$ EXECUTE set_status('T1ETH-T1BTC', 'open') $$),
    '{"market": "T1ETH-T1BTC", "from": "closed", "to": "open"}', 'the detail says from what to what'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    $$ EXECUTE set_status('T1ETH-T1BTC', 'open') $$, 'TR203', 'a market cannot go from closed to open',
    'a closed market stays closed'
);
RESET ROLE;

-- Orders of both users in both markets; one of Bob's is asked for already.
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 100) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 110, client_order_id => 'bob:1')
    -> 'order' ->> 'status';
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1ETH-T1USD', 'sell', 'limit', 1, 60, client_order_id => 'bob:acked')
    -> 'order' ->> 'id' AS bob_acked \gset
SELECT trading.ack_order(:'bob_acked');
SELECT trading.cancel_order_for(:'bob', :'bob_acked') ->> 'status';

-- Statuses that end nothing
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'open') $$, ARRAY[0], 'open is open');
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'post_only') $$, ARRAY[0], 'a market may only be posted to');
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'cancel_only') $$, ARRAY[0], 'or only be left');
RESET ROLE;
SELECT results_eq($$ EXECUTE status_of('T1BTC-T1USD') $$, ARRAY['cancel_only'], 'so it says');
SELECT results_eq(
    format('EXECUTE orders_in(%s)', :traded),
    $$ VALUES (TRUE, 'open', NULL, TRUE, FALSE, 1), (FALSE, 'open', NULL, TRUE, FALSE, 1) $$, 'every order stands'
);
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok(
    $$ SELECT trading.place_order('T1BTC-T1USD', 'sell', 'limit', 0.1, 110) $$, 'TR002',
    'the market does not accept the order', 'none comes'
);
SELECT throws_ok(
    $$ SELECT trading.place_order('T1BTC-T1USD', 'sell', 'limit', 0.1, 110, post_only => TRUE) $$, 'TR002',
    'the market does not accept the order', 'not even to rest'
);
SELECT is(trading.cancel_order(client_order_id => 'bob:1') ->> 'close_reason', 'user_cancel', 'but Bob may leave');
RESET request.jwt.claims;
RESET ROLE;

-- Halted where nobody acknowledges
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, ARRAY[1], 'a halt ends what is open');
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'halted') $$, ARRAY[0], 'until nothing is');
RESET ROLE;
SELECT results_eq($$ EXECUTE status_of('T1BTC-T1USD') $$, ARRAY['halted'], 'the market is halted');
SELECT results_eq(
    format('EXECUTE orders_in(%s)', :traded),
    $$ VALUES (TRUE, 'canceled', 'market_halted', FALSE, FALSE, 2), (FALSE, 'canceled', 'user_cancel', FALSE, FALSE, 2) $$,
    'Alice''s order is canceled, Bob''s is as he left it'
);
SELECT results_eq(
    $$ SELECT b.held::numeric FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE a.code IN ('T1BTC', 'T1USD') ORDER BY b.user_id, a.code $$,
    ARRAY[0, 50.05, 0, 0], 'what it held is free'
);
SELECT results_eq(
    format('EXECUTE told(%s)', :traded), $$ VALUES ('cancel', 2::bigint, 2::bigint), ('place', 2, 2) $$,
    'the engine hears of each once'
);

-- Halted where the engine acknowledges
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1ETH-T1USD', 'halted') $$, ARRAY[1], 'it is asked for what it was not yet');
SELECT results_eq($$ EXECUTE set_status('T1ETH-T1USD', 'halted') $$, ARRAY[0], 'once');
RESET ROLE;
SELECT results_eq(
    format('EXECUTE orders_in(%s)', :acked),
    $$ VALUES (TRUE, 'pending', NULL, TRUE, TRUE, 2), (FALSE, 'open', NULL, TRUE, TRUE, 3) $$,
    'orders and holds wait for its answer'
);
SELECT results_eq(
    format('EXECUTE told(%s)', :acked), $$ VALUES ('cancel', 2::bigint, 2::bigint), ('place', 2, 2) $$,
    'nobody''s order is asked for twice'
);
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1ETH-T1USD', 'closed') $$, ARRAY[0], 'closing asks for nothing more');
RESET ROLE;
SET LOCAL ROLE tradebase_engine;
SELECT lives_ok(
    $$ SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
           'market', 'T1ETH-T1USD', 'first_seq', 1, 'events', (
               SELECT jsonb_agg(jsonb_build_object('order_id', f.order_id, 'status', 'canceled', 'reason', 'market_halted'))
               FROM trading.engine_feed('T1ETH-T1USD', 0) AS f WHERE f.kind = 'cancel'
           )
       ))) $$, 'the engine ends them when the market is closed already'
);
RESET ROLE;
SELECT results_eq(
    format('EXECUTE orders_in(%s)', :acked),
    $$ VALUES (TRUE, 'canceled', 'market_halted', FALSE, TRUE, 3), (FALSE, 'canceled', 'market_halted', FALSE, TRUE, 4) $$,
    'and they are ended'
);

-- A thousand at a time, and the status with the first
UPDATE market.markets SET status = 'open', max_open_orders = 2000 WHERE id = :traded;
SELECT count(trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 10 + n * 0.01)) AS placed
FROM generate_series(1, 1001) AS n \gset
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'closed') $$, ARRAY[1000], 'the oldest thousand');
RESET ROLE;
SELECT results_eq($$ EXECUTE status_of('T1BTC-T1USD') $$, ARRAY['closed'], 'the market is closed by then');
SELECT results_eq(
    format($$ SELECT o.price::numeric FROM trading.orders AS o WHERE o.market_id = %s AND o.closed_at = 'infinity' $$, :traded),
    ARRAY[20.01], 'the youngest waits'
);
SET LOCAL ROLE tradebase_operator;
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'closed') $$, ARRAY[1], 'for the next call');
SELECT results_eq($$ EXECUTE set_status('T1BTC-T1USD', 'closed') $$, ARRAY[0], 'and nothing is left');
RESET ROLE;
SELECT results_eq(
    format(
        $$ SELECT o.close_reason::text, count(*) FROM trading.orders AS o WHERE o.market_id = %s AND o.price < 21
           GROUP BY o.close_reason $$, :traded
    ),
    $$ VALUES ('market_closed', 1001::bigint) $$, 'each says why'
);
SELECT results_eq(
    $$ SELECT b.held::numeric FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND a.code = 'T1USD' $$, ARRAY[0::numeric],
    'and holds nothing'
);
SELECT results_eq(
    $$ SELECT m.symbol, m.tick_size::text FROM market.markets AS m WHERE m.symbol = 'T1BTC-T1USD' $$,
    $$ VALUES ('T1BTC-T1USD', '0.01') $$, 'nothing else of the market changes'
);
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);
SELECT is(
    (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc
     WHERE oid = 'market.set_market_status(text, text)'::regprocedure), TRUE, 'it finds no name by a search path'
);

SELECT finish();
ROLLBACK;
