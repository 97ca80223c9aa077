-- api.cancel_order(): who is signed in cancels their own order by either name, and nobody else's.

BEGIN;
SELECT plan(20);
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'cancel_order', ARRAY['uuid', 'text']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.cancel_order(uuid,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['authenticated'], 'only who is signed in may call it'
);
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 80, client_order_id => 'alice:80')
-> 'order' ->> 'id' AS alice_80 \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 81, client_order_id => 'alice:81')
-> 'order' ->> 'id' AS alice_81 \gset

PREPARE by_id AS
SELECT d ->> 'id', d ->> 'status', d ->> 'close_reason', d ->> 'hold'
FROM api.cancel_order(order_id => :'alice_80') AS d;
PREPARE by_name AS
SELECT d ->> 'id', d ->> 'status', d ->> 'close_reason', d ->> 'hold'
FROM api.cancel_order(client_order_id => 'alice:81') AS d;
PREPARE at_the_engine AS
SELECT d ->> 'id', d ->> 'status', d -> 'closed_at', d ->> 'cancel_requested_at' IS NOT NULL, d ->> 'hold'
FROM api.cancel_order(:'alice_open') AS d;
PREPARE what_is_filled AS SELECT api.cancel_order(:'alice_bought');
PREPARE what_is_of_bob AS SELECT api.cancel_order(:'bob_sold');
PREPARE by_both AS SELECT api.cancel_order(:'alice_80', 'alice:80');
PREPARE by_neither AS SELECT api.cancel_order();
PREPARE by_a_name_of_bob AS SELECT api.cancel_order(NULL, 'bob:sold');
PREPARE orders_of_both AS
SELECT client_order_id::text, status::text, trim_scale(hold)::text FROM trading.orders
WHERE user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b') ORDER BY seq;
PREPARE usd_of_alice AS
SELECT trim_scale(available)::text, trim_scale(held)::text FROM api.balances WHERE asset = 'T1USD';

SET LOCAL ROLE anon;
SELECT throws_ok('by_id', '42501', NULL, 'nobody off the street cancels an order');
SET LOCAL ROLE service_role;
SELECT throws_ok('by_id', '42501', NULL, 'a service has no order to cancel here');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('by_id', '42501', NULL, 'nor does an operator');
SET LOCAL ROLE authenticated;
SELECT throws_ok('by_id', 'TR010', 'invalid user_id', 'a request that speaks for nobody has none');

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('by_id', 'TR201', 'unknown order', 'an order of Alice is unknown to Bob by its id');
SELECT throws_ok('by_name', 'TR201', 'unknown order', 'and by her name for it');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('usd_of_alice', $$ VALUES ('9698.538', '261.422') $$, 'Alice has money held');
SELECT results_eq(
    'by_id', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'alice_80'), 'Alice cancels an order by its id'
);
SELECT results_eq(
    'by_id', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'alice_80'), 'again, and it is canceled still'
);
SELECT results_eq(
    'by_name', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'alice_81'), 'another by her name for it'
);
SELECT results_eq('usd_of_alice', $$ VALUES ('9859.86', '100.1') $$, 'what they held is free again');
SELECT results_eq(
    'at_the_engine', format($$ VALUES (%L, 'pending', jsonb 'null', TRUE, '100.1') $$, :'alice_open'),
    'where the engine acknowledges it is asked, and the hold stays'
);
SELECT throws_ok('what_is_filled', 'TR202', 'too late: the order is filled', 'what is filled is not canceled');
SELECT throws_ok('what_is_of_bob', 'TR201', 'unknown order', 'an order of Bob is unknown to Alice by its id');
SELECT throws_ok('by_a_name_of_bob', 'TR201', 'unknown order', 'and by his name for it');
SELECT throws_ok('by_both', 'TR010', NULL, 'two names are one too many');
SELECT throws_ok('by_neither', 'TR010', NULL, 'and none is not enough');

RESET ROLE;
SELECT results_eq(
    'orders_of_both',
    $$ VALUES
        ('alice:bought', 'filled', '0'), ('alice:canceled', 'canceled', '0'), ('alice:open', 'pending', '100.1'),
        ('bob:sold', 'partially_filled', '0.6'), ('bob:canceled', 'canceled', '0'), ('alice:80', 'canceled', '0'),
        ('alice:81', 'canceled', '0') $$,
    'no other order is touched'
);

SELECT finish();
ROLLBACK;
