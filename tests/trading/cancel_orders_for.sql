-- trading.cancel_orders_for(): many orders of a user end at once, all of them or none.

BEGIN;
SELECT plan(31);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'cancel_orders_for', ARRAY['uuid', 'uuid[]', 'text[]'], 'who calls it writes no order');
SELECT is(
    pg_temp.who_may_execute('trading.cancel_orders_for(uuid,uuid[],text[])'), ARRAY['service_role'],
    'only a service may'
);

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 80, client_order_id => 'a1')
-> 'order' ->> 'id' AS a1 \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 81, client_order_id => 'a2')
-> 'order' ->> 'id' AS a2 \gset
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 20, client_order_id => 'a3')
-> 'order' ->> 'id' AS a3 \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 1, 82, client_order_id => 'b1')
-> 'order' ->> 'id' AS b1 \gset

PREPARE by_id(uuid[]) AS
SELECT d.o ->> 'client_order_id', d.o ->> 'status', d.o ->> 'hold', d.o ->> 'cancel_requested_at' IS NOT NULL
FROM jsonb_array_elements(trading.cancel_orders_for(:'alice', $1)) WITH ORDINALITY AS d (o, n) ORDER BY d.n;
PREPARE by_name(text[]) AS
SELECT d.o ->> 'client_order_id', d.o ->> 'status', d.o ->> 'hold', d.o ->> 'cancel_requested_at' IS NOT NULL
FROM jsonb_array_elements(trading.cancel_orders_for(:'alice', NULL, $1)) WITH ORDINALITY AS d (o, n) ORDER BY d.n;
PREPARE by_both AS SELECT trading.cancel_orders_for(:'alice', ARRAY[:'a1']::uuid[], ARRAY['a1']);
PREPARE by_neither AS SELECT trading.cancel_orders_for(:'alice');
PREPARE by_nobody AS SELECT trading.cancel_orders_for(NULL, ARRAY[:'a1']::uuid[]);
PREPARE too_many AS SELECT trading.cancel_orders_for(:'alice', array_fill(:'a1'::uuid, ARRAY[1001]));
PREPARE open_orders AS
SELECT o.client_order_id::text FROM partitions.orders_open AS o
WHERE o.client_order_id IN ('a1', 'a2', 'a3', 'b1') AND o.cancel_requested_at IS NULL ORDER BY o.seq;

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE by_name('{a1}') $$, '42501', NULL, 'nobody off the street may');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE by_name('{a1}') $$, '42501', NULL, 'not even Alice');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok($$ EXECUTE by_name('{a1}') $$, '42501', NULL, 'nor Bob');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE by_name('{a1}') $$, '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE by_name('{a1}') $$, '42501', NULL, 'nor an operator');

-- Refused: the index is named, nothing ends

SET LOCAL ROLE service_role;
SELECT throws_ok('by_both', 'TR010', NULL, 'by ids or by names');
SELECT throws_ok('by_neither', 'TR010', NULL, 'by one of them');
SELECT throws_ok('by_nobody', 'TR010', 'invalid user_id', 'somebody cancels');
SELECT throws_ok('too_many', 'TR010', NULL, 'a thousand at most');
SELECT throws_ok($$ EXECUTE by_id('{}') $$, 'TR010', NULL, 'one at least');
SELECT throws_ok($$ EXECUTE by_name('{a1,nil}') $$, 'TR201', 'unknown order', 'all of them are known');
SELECT throws_ok($$ EXECUTE by_name('{a1,NULL}') $$, 'TR201', 'unknown order', 'and named');
SELECT throws_ok(
    format('EXECUTE by_id(%L)', ARRAY[:'a1', :'b1']::uuid[]), 'TR201', 'unknown order', 'Bob''s is as good as none'
);
SELECT throws_ok(
    $$ EXECUTE by_name('{a1,alice:bought}') $$, 'TR202', 'too late: the order is filled', 'what is filled is filled'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE by_name('{a1,nil}') $$),
    '{"index": 1, "order_id": null, "client_order_id": "nil"}', 'the detail names the element'
);
SELECT is(
    pg_temp.detail_of(format('EXECUTE by_id(%L)', ARRAY[:'a1', :'b1']::uuid[])),
    jsonb_build_object('index', 1, 'order_id', :'b1', 'client_order_id', NULL), 'and says no more of Bob''s'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE by_name('{a1,alice:bought}') $$) ->> 'index', '1', 'it does when it is too late'
);
SELECT results_eq('open_orders', ARRAY['a1', 'a2', 'a3', 'b1'], 'none of them ended');

-- Ended

SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE by_name('{a3,a1,a2,a1}') $$,
    $$ VALUES
    ('a3', 'pending', '20.02', TRUE), ('a1', 'canceled', '0', FALSE), ('a2', 'canceled', '0', FALSE),
    ('a1', 'canceled', '0', FALSE) $$,
    'they end, in any markets; where the engine acknowledges it is asked'
);
RESET ROLE;
SELECT results_eq('open_orders', ARRAY['b1'], 'Bob''s stands');
SELECT results_eq(
    $$ SELECT c.kind, count(*) FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
       WHERE o.client_order_id IN ('a1', 'a2', 'a3') GROUP BY c.kind ORDER BY c.kind $$,
    $$ VALUES ('cancel', 3::bigint), ('place', 3) $$, 'the engine hears of each once'
);
SELECT results_eq(
    format(
        $$ SELECT count(DISTINCT l.journal_id), count(*), trim_scale(sum(l.d_available))::text
           FROM portfolio.ledger_entries AS l WHERE l.user_id = %L AND l.reason = 'order_release'
           AND l.ref_id = l.journal_id $$, :'alice'
    ), $$ VALUES (1::bigint, 1::bigint, '161.322') $$, 'one journal gives back what they held'
);
SELECT results_eq(
    $$ SELECT o.close_reason::text FROM trading.orders AS o WHERE o.client_order_id IN ('a1', 'a2') ORDER BY o.seq $$,
    ARRAY['user_cancel', 'user_cancel'], 'their user ended them'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE by_id(%L)', ARRAY[:'a2', :'a3']::uuid[]),
    $$ VALUES ('a2', 'canceled', '0', FALSE), ('a3', 'pending', '20.02', TRUE) $$, 'again is no error'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT count(*) FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
       WHERE o.client_order_id IN ('a1', 'a2', 'a3') AND c.kind = 'cancel' $$,
    ARRAY[3::bigint], 'and no news for the engine'
);
UPDATE market.markets SET status = 'halted' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT lives_ok($$ EXECUTE by_name('{a1}') $$, 'a halted market may be left');
RESET ROLE;
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);
SELECT results_eq(
    format('SELECT held::numeric FROM portfolio.balances WHERE user_id = %L AND asset_id = %s', :'alice', :t1usd),
    ARRAY[120.12], 'held is what the engine has not answered for'
);
SELECT is(
    (SELECT count(*) FROM partitions.orders_open AS o WHERE o.user_id = :'bob'), 2::bigint, 'Bob has what he had'
);

SELECT finish();
ROLLBACK;
