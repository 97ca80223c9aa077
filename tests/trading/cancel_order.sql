-- trading.cancel_order(): who is signed in cancels their own orders, and no one else's.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'cancel_order', ARRAY['uuid', 'text']);
SELECT function_owner_is('trading', 'cancel_order', ARRAY['uuid', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('trading.cancel_order(uuid,text)'), ARRAY['authenticated'], 'only who is signed in may'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, client_order_id => 'mine'
) -> 'order' ->> 'id' AS alice_order \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.3, 100, client_order_id => 'also-mine'
) -> 'order' ->> 'id' AS alice_other_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 99, client_order_id => 'mine'
) -> 'order' ->> 'id' AS bob_order \gset

PREPARE cancel(uuid, text) AS
SELECT r ->> 'status', r ->> 'quantity' FROM trading.cancel_order($1, $2) AS r;
PREPARE cancel_mine AS
SELECT r ->> 'status', r ->> 'quantity' FROM trading.cancel_order(client_order_id => 'mine') AS r;
PREPARE statuses AS
SELECT o.user_id, trim_scale(o.quantity)::text, o.status::text, trim_scale(o.hold)::text
FROM trading.orders AS o WHERE o.market_id = :traded ORDER BY o.seq;

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok('cancel_mine', '42501', NULL, 'nobody off the street cancels an order');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('cancel_mine', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('cancel_mine', '42501', NULL, 'nor an operator');
SET LOCAL ROLE service_role;
SELECT throws_ok('cancel_mine', '42501', NULL, 'a service says for whom');
SET LOCAL ROLE authenticated;
SELECT throws_ok('cancel_mine', 'TR010', 'invalid user_id', 'nobody is signed in without claims');
SET LOCAL request.jwt.claims = '{"role": "authenticated"}';
SELECT throws_ok('cancel_mine', 'TR010', 'invalid user_id', 'nor with claims of nobody');
SET LOCAL request.jwt.claims = '{"sub": "cccccccc-0000-4000-8000-00000000000c", "role": "authenticated"}';
SELECT throws_ok('cancel_mine', 'TR201', 'unknown order', 'a stranger has no orders');

-- Each their own

SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok(
    'EXECUTE cancel(NULL, NULL)', 'TR010', 'either order_id or client_order_id is needed', 'Alice says which'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, NULL)', :'bob_order'), 'TR201', 'unknown order', 'Bob''s is unknown to her'
);
SELECT results_eq('cancel_mine', $$ VALUES ('canceled', '0.5') $$, 'hers she cancels by her name for it');
SELECT results_eq('cancel_mine', $$ VALUES ('canceled', '0.5') $$, 'as often as she wants');
SELECT results_eq(
    format('EXECUTE cancel(%L, NULL)', :'alice_other_order'), $$ VALUES ('canceled', '0.3') $$, 'or by its id'
);
RESET request.jwt.claims;
RESET ROLE;
SELECT results_eq(
    'statuses',
    $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5', 'canceled', '0'),
    ('aaaaaaaa-0000-4000-8000-00000000000a', '0.3', 'canceled', '0'),
    ('bbbbbbbb-0000-4000-8000-00000000000b', '0.4', 'open', '39.6792') $$,
    'Bob''s order of the same name stays'
);
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT is(
    pg_temp.detail_of(format('EXECUTE cancel(%L, NULL)', :'bob_order')),
    jsonb_build_object('order_id', :'bob_order', 'client_order_id', NULL), 'the detail repeats what was asked for'
);

SELECT finish();
ROLLBACK;
