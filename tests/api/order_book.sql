-- api.order_book(): the book of a market by price for everybody, signed in or not, with nobody's order in it.

BEGIN;
SELECT plan(16);
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'order_book', ARRAY['text', 'integer']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.order_book(text,integer)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['anon', 'authenticated'], 'everybody may call it, a service has its own book'
);

SELECT count(trading.place_order_for(o.user_id, 'T1BTC-T1USD', o.side::text, 'limit', o.quantity, o.price)) AS placed
FROM (VALUES
    (:'alice'::uuid, 'buy', 1, 98), (:'bob', 'buy', 0.5, 98.00), (:'bob', 'buy', 2, 97.5), (:'alice', 'buy', 3, 97),
    (:'alice', 'sell', 0.25, 101), (:'alice', 'sell', 0.1, 99.9)
) AS o (user_id, side, quantity, price) \gset

PREPARE book AS SELECT api.order_book('T1BTC-T1USD');
PREPARE two_levels AS
SELECT b -> 'bids', b -> 'asks' FROM api.order_book(market => 'T1BTC-T1USD', depth => 2) AS b;
PREPARE one_level AS SELECT b -> 'bids', b -> 'asks' FROM api.order_book('T1BTC-T1USD', 1) AS b;
PREPARE who_is_it AS
SELECT 1 FROM api.order_book('T1BTC-T1USD') AS b WHERE b::text ~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

SET LOCAL ROLE anon;
SELECT results_eq(
    'book',
    ARRAY['{
        "market": "T1BTC-T1USD",
        "bids": [["98", "1.5", 2], ["97.5", "2", 1], ["97", "3", 1]],
        "asks": [["99.9", "0.7", 2], ["101", "0.25", 1]]
    }'::jsonb],
    'a level adds up what is left of its orders, the best first; amounts are text'
);
SELECT results_eq(
    'two_levels',
    $$ VALUES (jsonb '[["98", "1.5", 2], ["97.5", "2", 1]]', jsonb '[["99.9", "0.7", 2], ["101", "0.25", 1]]') $$,
    'depth counts the levels of each side'
);
SELECT results_eq(
    'one_level', $$ VALUES (jsonb '[["98", "1.5", 2]]', jsonb '[["99.9", "0.7", 2]]') $$,
    'and keeps the best of them'
);
SELECT is_empty('who_is_it', 'no id of anybody or anything is in it');
SELECT is(
    api.order_book('T1ETH-T1USD'), '{"market": "T1ETH-T1USD", "bids": [], "asks": []}'::jsonb,
    'what the engine has not acknowledged is not in the book'
);
SELECT throws_ok($$ SELECT api.order_book('T1-NOT-HERE') $$, 'TR001', 'unknown market', 'an unknown market has none');
SELECT throws_ok($$ SELECT api.order_book(NULL) $$, 'TR001', 'unknown market', 'NULL is no market');
SELECT throws_ok($$ SELECT api.order_book('T1BTC-T1USD', 0) $$, 'TR010', 'invalid depth', 'it has a level at least');
SELECT throws_ok($$ SELECT api.order_book('T1BTC-T1USD', 1001) $$, 'TR010', 'invalid depth', 'and an end');
SELECT throws_ok($$ SELECT api.order_book('T1BTC-T1USD', NULL) $$, 'TR010', 'invalid depth', 'NULL is no depth');
SELECT lives_ok($$ SELECT api.order_book('T1BTC-T1USD', 1000) $$, 'a thousand levels are not too many');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'one_level', $$ VALUES (jsonb '[["98", "1.5", 2]]', jsonb '[["99.9", "0.7", 2]]') $$, 'Alice sees the same book'
);
SET LOCAL ROLE service_role;
SELECT throws_ok('book', '42501', NULL, 'a service does not read it here');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('book', '42501', NULL, 'nor does support');

RESET ROLE;
SELECT finish();
ROLLBACK;
