-- api.market_summary(): a market at a glance for everybody, with the version of what it says.

BEGIN;
SELECT plan(19);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'market_summary', ARRAY['text', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.market_summary(text,integer)'), ARRAY['anon', 'authenticated'],
    'everybody may call it, a service has its own book'
);
SELECT count(trading.place_order_for(o.user_id, 'T1BTC-T1USD', o.side::text, 'limit', o.quantity, o.price)) AS placed
FROM (VALUES (:'alice'::uuid, 'buy', 1, 98), (:'bob', 'buy', 0.5, 97.5), (:'alice', 'sell', 0.25, 101)) AS o (
    user_id, side, quantity, price
) \gset
SELECT market.set_mark_price('T1BTC-T1USD', 99.50, '2026-01-02 10:00:00+00') ->> 'is_set' AS is_set \gset
SELECT s.last_trade_at AS traded_at FROM market.market_state AS s WHERE s.market_id = :traded \gset

PREPARE glance AS SELECT api.market_summary('T1BTC-T1USD');
PREPARE version(text) AS SELECT api.market_summary($1) ->> 'version';

SET LOCAL ROLE anon;
SELECT is(
    api.market_summary('T1BTC-T1USD') - 'version' - 'last_trade_at',
    '{
        "market": "T1BTC-T1USD", "status": "open", "last_price": "100", "last_trade_seq": 1, "mark_price": "99.5",
        "mark_at": "2026-01-02T10:00:00+00:00",
        "bids": [["98", "1", 1], ["97.5", "0.5", 1]], "asks": [["99.9", "0.6", 1], ["101", "0.25", 1]]
    }'::jsonb,
    'its state, its last trade, its mark and its book, amounts as text'
);
SELECT is(
    (api.market_summary('T1BTC-T1USD') ->> 'last_trade_at')::timestamptz, :'traded_at', 'with when it last traded'
);
SELECT is(
    api.market_summary('T1BTC-T1USD') ->> 'version', system.topic_version('market:T1BTC-T1USD'),
    'and the version of all that'
);
SELECT is(
    api.market_summary(market => 'T1BTC-T1USD', depth => 1) -> 'bids', '[["98", "1", 1]]', 'as many levels as asked for'
);
SELECT is(
    api.market_summary('T1ETH-T1USD') - 'version',
    '{
        "market": "T1ETH-T1USD", "status": "open", "last_price": null, "last_trade_at": null, "last_trade_seq": 0,
        "mark_price": null, "mark_at": null, "bids": [], "asks": []
    }'::jsonb,
    'a market that has not traded says so'
);
SELECT is(
    api.market_summary('T1ETH-T1BTC') ->> 'version', '00000.0000000000000000000',
    'where nothing ever happened the version is the least'
);
SELECT throws_ok($$ SELECT api.market_summary('T1-NOT-HERE') $$, 'TR001', 'unknown market', 'an unknown market has none');
SELECT throws_ok('SELECT api.market_summary(NULL)', 'TR001', 'unknown market', 'NULL is no market');
SELECT throws_ok($$ SELECT api.market_summary('T1BTC-T1USD', 0) $$, 'TR010', 'invalid depth', 'it has a level at least');
SELECT throws_ok($$ SELECT api.market_summary('T1BTC-T1USD', 1001) $$, 'TR010', 'invalid depth', 'and an end');
SELECT throws_ok($$ SELECT api.market_summary('T1BTC-T1USD', NULL) $$, 'TR010', 'invalid depth', 'NULL is no depth');
SELECT unalike(
    api.market_summary('T1BTC-T1USD')::text, '%-0000-4000-8000-%', 'no id of anybody is in it'
);
RESET ROLE;

-- Ten levels unless it says otherwise
SELECT count(trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 92 + n * 0.1)) AS placed
FROM generate_series(1, 10) AS n \gset
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT is(jsonb_array_length(api.market_summary('T1BTC-T1USD') -> 'bids'), 10, 'Alice too is shown ten levels');
SELECT api.market_summary('T1BTC-T1USD') ->> 'version' AS version \gset
SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', '0.1', '91.5') ->> 'replayed' AS replayed \gset
SELECT ok(
    api.market_summary('T1BTC-T1USD') ->> 'version' > :'version' COLLATE "C", 'whatever happens makes another version'
);
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok('glance', '42501', NULL, 'a service does not read it here');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('glance', '42501', NULL, 'nor does an engine');
RESET ROLE;
SELECT is(
    (SELECT p.provolatile FROM pg_proc AS p WHERE p.oid = 'api.market_summary'::regproc), 's'::"char",
    'book, prices and version are of one moment'
);

SELECT finish();
ROLLBACK;
