-- api.engine_feed(): an engine reads what it has to do; nobody else reads what others have placed.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'engine_feed', ARRAY['text', 'bigint', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.engine_feed(text,bigint,integer)'), ARRAY['tradebase_engine'], 'only an engine may'
);
PREPARE fed AS SELECT kind, order_id FROM api.engine_feed('T1ETH-T1USD', 0) ORDER BY seq;

SET LOCAL ROLE anon;
SELECT throws_ok('fed', '42501', NULL, 'nobody off the street reads it');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('fed', '42501', NULL, 'nor Alice');
SET LOCAL ROLE service_role;
SELECT throws_ok('fed', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT results_eq(
    'fed', format($$ VALUES ('place', %L::uuid) $$, :'alice_open'), 'an engine learns which order it has to take in'
);
SELECT results_eq(
    $$ SELECT count(*) FROM api.engine_feed('T1BTC-T1USD', 0, 2) $$, ARRAY[2::bigint], 'at most as much as it asks for'
);
SELECT throws_ok($$ SELECT * FROM api.engine_feed('T1-NOT-HERE', 0) $$, 'TR001', NULL, 'of a market that there is');

RESET ROLE;
SELECT finish();
ROLLBACK;
