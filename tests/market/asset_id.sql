-- market.asset_id(): the id of an asset, or an error that a client understands.

BEGIN;
SELECT plan(7);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute('market.asset_id(text)'), ARRAY['anon', 'authenticated'], 'the lists call it for who calls them'
);
SET LOCAL ROLE anon;
SELECT is(market.asset_id('T1BTC'), :t1btc, 'everybody may know it');
SELECT throws_ok($$ SELECT market.asset_id('T1-NOT-HERE') $$, 'TR011', 'unknown asset', 'what is not there is said to be');
SELECT throws_ok($$ SELECT market.asset_id('t1btc') $$, 'TR011', 'unknown asset', 'it is written as it is');
SELECT throws_ok('SELECT market.asset_id(NULL)', 'TR011', 'unknown asset', 'NULL is none');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ SELECT market.asset_id('T1BTC') $$, '42501', NULL, 'a service reads no table');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ SELECT market.asset_id('T1-NOT-HERE') $$), '{"asset": "T1-NOT-HERE"}', 'the detail repeats what was asked'
);

SELECT finish();
ROLLBACK;
