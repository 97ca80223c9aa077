-- trading.lock_order(): a user's own order by either name, open or closed, and the same answer for all others.

BEGIN;
SELECT plan(19);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'lock_order', ARRAY['uuid', 'uuid', 'text']);
SELECT is(
    pg_temp.who_may_execute('trading.lock_order(uuid,uuid,text)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, client_order_id => 'mine'
) -> 'order' ->> 'id' AS alice_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 99, client_order_id => 'mine'
) -> 'order' ->> 'id' AS bob_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 99, client_order_id => 'bobs'
) -> 'order' ->> 'id' AS bob_other_order \gset

PREPARE alice_finds(uuid, text) AS
SELECT o.id = :'alice_order', o.user_id, trim_scale(o.quantity)::text, o.status::text
FROM trading.lock_order(:'alice', $1, $2) AS o;
PREPARE nobody_finds(uuid) AS SELECT o.id FROM trading.lock_order(NULL, $1, NULL) AS o;

SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE alice_finds(NULL, 'mine') $$, '42501', NULL, 'a service finds no orders');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE alice_finds(NULL, 'mine') $$, '42501', NULL, 'nor does Alice by it');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format('EXECUTE alice_finds(%L, NULL)', :'alice_order'),
    $$ VALUES (TRUE, 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5', 'open') $$, 'an order is found by its id'
);
SELECT results_eq(
    $$ EXECUTE alice_finds(NULL, 'mine') $$,
    $$ VALUES (TRUE, 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5', 'open') $$,
    'or by the name that its user gave it, whoever else gave the same'
);
SELECT throws_ok(
    'EXECUTE alice_finds(NULL, NULL)', 'TR010', 'either order_id or client_order_id is needed', 'one of them is needed'
);
SELECT throws_ok(
    format('EXECUTE alice_finds(%L, %L)', :'alice_order', 'mine'), 'TR010',
    'either order_id or client_order_id is needed', 'but not both'
);
SELECT throws_ok(
    $$ EXECUTE alice_finds('0190aaaa-0000-7000-8000-000000000001', NULL) $$, 'TR201', 'unknown order',
    'an unknown id is unknown'
);
SELECT throws_ok(
    $$ EXECUTE alice_finds('ffffffff-ffff-ffff-ffff-ffffffffffff', NULL) $$, 'TR201', 'unknown order',
    'also one from the end of time'
);
SELECT throws_ok(
    $$ EXECUTE alice_finds('00000000-0000-0000-0000-000000000000', NULL) $$, 'TR201', 'unknown order',
    'or from before it'
);
SELECT throws_ok($$ EXECUTE alice_finds(NULL, 'nil') $$, 'TR201', 'unknown order', 'so is an unknown name');
SELECT throws_ok($$ EXECUTE alice_finds(NULL, 'bobs') $$, 'TR201', 'unknown order', 'so is Bob''s name for his order');
SELECT throws_ok(
    format('EXECUTE alice_finds(%L, NULL)', :'bob_order'), 'TR201', 'unknown order', 'and the id of his order'
);
SELECT throws_ok(
    format('EXECUTE nobody_finds(%L)', :'alice_order'), 'TR201', 'unknown order', 'nobody has no orders'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE alice_finds(%L, NULL)', :'bob_order')),
    jsonb_build_object('order_id', :'bob_order', 'client_order_id', NULL), 'the detail repeats what was asked for'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_finds(NULL, 'bobs') $$), '{"order_id": null, "client_order_id": "bobs"}',
    'in both ways'
);

SELECT trading.cancel_order_for(:'alice', :'alice_order') ->> 'status' AS status \gset
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format('EXECUTE alice_finds(%L, NULL)', :'alice_order'),
    $$ VALUES (TRUE, 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5', 'canceled') $$,
    'a closed order is found as well'
);
SELECT results_eq(
    $$ EXECUTE alice_finds(NULL, 'mine') $$,
    $$ VALUES (TRUE, 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5', 'canceled') $$, 'by its name, too'
);
RESET ROLE;

SELECT finish();
ROLLBACK;
