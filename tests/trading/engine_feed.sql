-- trading.engine_feed(): an engine reads its market's commands in order, from where it was, and learns of no user.

BEGIN;
SELECT plan(35);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'engine_feed', ARRAY['text', 'bigint', 'integer']);
SELECT function_owner_is('trading', 'engine_feed', ARRAY['text', 'bigint', 'integer'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('trading.engine_feed(text,bigint,integer)'), ARRAY['tradebase_engine'],
    'only an engine may'
);

UPDATE identity.users SET stp_group = 'dddddddd-0000-4000-8000-00000000000d' WHERE id IN (:'alice', :'bob');
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, client_order_id => 'secret-name'
) -> 'order' ->> 'id' AS alice_order \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 110) -> 'order' ->> 'id' AS bob_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1ETH-T1USD', 'sell', 'limit', 0.4, 110
) -> 'order' ->> 'id' AS acked_order \gset
SELECT trading.cancel_order_for(:'alice', :'alice_order') ->> 'status' AS status \gset
SELECT
    min(c.seq) AS first_seq, max(c.seq) AS last_seq, (array_agg(c.seq ORDER BY c.seq))[2] AS second_seq
FROM trading.engine_commands AS c WHERE c.market_id = :traded \gset

PREPARE fed(bigint, integer) AS
SELECT f.kind, f.order_id FROM trading.engine_feed('T1BTC-T1USD', $1, $2) AS f;
PREPARE fed_whole AS SELECT * FROM trading.engine_feed('T1BTC-T1USD', 0);
PREPARE fed_of(text) AS SELECT f.order_id FROM trading.engine_feed($1, 0) AS f;
PREPARE names_of_columns AS
SELECT string_agg(u.n, ' ' ORDER BY u.i) COLLATE "default"
FROM pg_proc AS p, unnest(p.proargnames) WITH ORDINALITY AS u (n, i)
WHERE p.oid = 'trading.engine_feed(text,bigint,integer)'::regprocedure AND p.proargmodes[u.i] = 't';

SET LOCAL ROLE anon;
SELECT throws_ok('fed_whole', '42501', NULL, 'nobody off the street reads the feed');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('fed_whole', '42501', NULL, 'nor does Alice');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok('fed_whole', '42501', NULL, 'nor Bob');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok('fed_whole', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('fed_whole', '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('fed_whole', '42501', NULL, 'nor a worker');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('fed_whole', '42501', NULL, 'nor an auditor, who reads the table');

SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    $$ SELECT FROM trading.engine_commands $$, '42501', NULL, 'an engine does not read the table behind it'
);
SELECT throws_ok($$ SELECT FROM trading.orders $$, '42501', NULL, 'nor the orders');
SELECT results_eq(
    'EXECUTE fed(0, 1000)',
    format(
        $$ VALUES ('place', %L::uuid), ('place', %L), ('cancel', %L) $$, :'alice_order', :'bob_order', :'alice_order'
    ),
    'an engine reads all of its market in order'
);
SELECT results_eq(
    $$ EXECUTE fed_of('T1ETH-T1USD') $$, ARRAY[:'acked_order'::uuid], 'another market has its own feed'
);
SELECT results_eq(
    format('EXECUTE fed(%s, 1000)', :first_seq),
    format($$ VALUES ('place', %L::uuid), ('cancel', %L) $$, :'bob_order', :'alice_order'),
    'it goes on after what it has read'
);
SELECT results_eq(
    format('EXECUTE fed(%s, 1)', :first_seq), format($$ VALUES ('place', %L::uuid) $$, :'bob_order'),
    'with as many as it wants'
);
SELECT results_eq(
    format('EXECUTE fed(%s, 1)', :second_seq), format($$ VALUES ('cancel', %L::uuid) $$, :'alice_order'), 'step by step'
);
SELECT is_empty(format('EXECUTE fed(%s, 1000)', :last_seq), 'until there is no more');
SELECT is_empty('EXECUTE fed(9223372036854775807, 1000)', 'nor is there at the end of all sequences');
SELECT results_eq(
    'EXECUTE fed(-9223372036854775808, 1)', format($$ VALUES ('place', %L::uuid) $$, :'alice_order'),
    'before all of them it begins with the first'
);
SELECT results_eq('EXECUTE fed(0, 100000)', 'EXECUTE fed(0, 3)', 'it may want up to 100000');
SELECT is_empty($$ EXECUTE fed_of('T1ETH-T1BTC') $$, 'a market that is matched here has nothing to tell');

SELECT throws_ok($$ EXECUTE fed_of('T1NIL-T1USD') $$, 'TR001', 'unknown market', 'an unknown market is named as such');
SELECT throws_ok('EXECUTE fed_of(NULL)', 'TR001', 'unknown market', 'so is none');
SELECT throws_ok('EXECUTE fed(NULL, 1)', 'TR010', 'invalid after', 'where it was is needed');
SELECT throws_ok('EXECUTE fed(0, NULL)', 'TR010', 'invalid max_rows', 'so is how many');
SELECT throws_ok('EXECUTE fed(0, 0)', 'TR010', 'invalid max_rows', 'none is not asked for');
SELECT throws_ok('EXECUTE fed(0, -1)', 'TR010', 'invalid max_rows', 'nor less');
SELECT throws_ok('EXECUTE fed(0, 100001)', 'TR010', 'invalid max_rows', 'nor more than 100000');
RESET ROLE;
SELECT is(pg_temp.detail_of('EXECUTE fed(0, 0)'), '{"argument": "max_rows"}', 'the detail names the argument');
SELECT is(pg_temp.detail_of('EXECUTE fed(NULL, 1)'), '{"argument": "after"}', 'whichever it is');

-- Nothing of whose they are

SELECT results_eq(
    'names_of_columns', ARRAY['seq kind order_id created_at payload'], 'no column names a user'
);
SET LOCAL ROLE tradebase_engine;
SELECT is_empty(
    $$ SELECT f.seq FROM trading.engine_feed('T1BTC-T1USD', 0) AS f
       WHERE to_jsonb(f)::text ~ 'aaaaaaaa-0000|bbbbbbbb-0000|secret-name|user' $$,
    'nor does a payload name one, nor how one calls an order'
);
SELECT results_eq(
    $$ SELECT DISTINCT k.key FROM trading.engine_feed('T1BTC-T1USD', 0) AS f, jsonb_object_keys(f.payload) AS k (key)
       ORDER BY k.key $$,
    ARRAY[
        'expires_at', 'post_only', 'price', 'quantity', 'side', 'stp', 'stp_group',
        'time_in_force', 'type'
    ],
    'all it says is what matching needs'
);
SELECT results_eq(
    $$ SELECT f.payload ->> 'stp_group' FROM trading.engine_feed('T1BTC-T1USD', 0, 2) AS f $$,
    ARRAY['dddddddd-0000-4000-8000-00000000000d', 'dddddddd-0000-4000-8000-00000000000d'],
    'and the group whose members never trade with each other'
);
RESET ROLE;

SELECT finish();
ROLLBACK;
