-- market.market_id(): the id of a market, or an error that a client understands.

BEGIN;
SELECT plan(7);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute('market.market_id(text)'), ARRAY['anon', 'authenticated'], 'the lists call it for who calls them'
);
SET LOCAL ROLE anon;
SELECT is(market.market_id('T1BTC-T1USD'), :open_market, 'everybody may know it');
SELECT throws_ok($$ SELECT market.market_id('T1-NOT-HERE') $$, 'TR001', 'unknown market', 'what is not there is said to be');
SELECT throws_ok($$ SELECT market.market_id('t1btc-t1usd') $$, 'TR001', 'unknown market', 'it is written as it is');
SELECT throws_ok('SELECT market.market_id(NULL)', 'TR001', 'unknown market', 'NULL is none');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ SELECT market.market_id('T1BTC-T1USD') $$, '42501', NULL, 'a service reads no table');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ SELECT market.market_id('T1-NOT-HERE') $$), '{"market": "T1-NOT-HERE"}', 'the detail repeats what was asked'
);

SELECT finish();
ROLLBACK;
