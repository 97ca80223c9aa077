-- api.cancel_order_for(): a service cancels an order of the user it names, of nobody else, and nobody else may.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'cancel_order_for', ARRAY['uuid', 'uuid', 'text']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.cancel_order_for(uuid,uuid,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role'], 'only a service may call it'
);
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 80, client_order_id => 'alice:80')
-> 'order' ->> 'id' AS alice_80 \gset

PREPARE by_id AS
SELECT d ->> 'id', d ->> 'status', d ->> 'close_reason', d ->> 'hold'
FROM api.cancel_order_for(user_id => :'alice', order_id => :'alice_80') AS d;
PREPARE by_name AS
SELECT d ->> 'id', d ->> 'status', d ->> 'close_reason', d ->> 'hold'
FROM api.cancel_order_for(user_id => :'bob', client_order_id => 'bob:sold') AS d;
PREPARE of_the_wrong_user AS SELECT api.cancel_order_for(:'bob', :'alice_80');
PREPARE by_a_name_of_another AS SELECT api.cancel_order_for(:'alice', NULL, 'bob:sold');
PREPARE of_nobody AS SELECT api.cancel_order_for(NULL, :'alice_80');
PREPARE what_is_filled AS SELECT api.cancel_order_for(:'alice', :'alice_bought');
PREPARE by_both AS SELECT api.cancel_order_for(:'alice', :'alice_80', 'alice:80');
PREPARE by_neither AS SELECT api.cancel_order_for(:'alice');
PREPARE live AS
SELECT client_order_id::text, status::text FROM trading.orders
WHERE user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b')
AND closed_at = 'infinity' ORDER BY seq;

SET LOCAL ROLE anon;
SELECT throws_ok('by_id', '42501', NULL, 'nobody off the street cancels an order');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('by_id', '42501', NULL, 'Alice does not call it for herself');
SELECT throws_ok('by_name', '42501', NULL, 'let alone for Bob');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('by_id', '42501', NULL, 'nor does an operator');
RESET ROLE;
SELECT results_eq(
    'live', $$ VALUES ('alice:open', 'pending'), ('bob:sold', 'partially_filled'), ('alice:80', 'open') $$,
    'none of them ended an order'
);

SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok('of_the_wrong_user', 'TR201', 'unknown order', 'an order of Alice is none of Bob');
SELECT throws_ok('by_a_name_of_another', 'TR201', 'unknown order', 'a name that Bob gave names nothing of Alice');
SELECT throws_ok('of_nobody', 'TR010', 'invalid user_id', 'nobody has no order');
SELECT throws_ok('what_is_filled', 'TR202', 'too late: the order is filled', 'what is filled is not canceled');
SELECT throws_ok('by_both', 'TR010', NULL, 'two names are one too many');
SELECT throws_ok('by_neither', 'TR010', NULL, 'and none is not enough');
SELECT results_eq(
    'by_id', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'alice_80'),
    'the service cancels an order of Alice by its id'
);
SELECT results_eq(
    'by_id', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'alice_80'), 'again, and it is canceled still'
);
SELECT results_eq(
    'by_name', format($$ VALUES (%L, 'canceled', 'user_cancel', '0') $$, :'bob_sold'),
    'what is left of one of Bob by his name for it'
);

RESET ROLE;
SELECT results_eq('live', $$ VALUES ('alice:open', 'pending') $$, 'no other order is touched');

SELECT finish();
ROLLBACK;
