-- api.trade_busts: everybody sees which trades no longer count, nobody why.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_session.psql

SELECT columns_are('api', 'trade_busts', ARRAY['market', 'trade_seq', 'created_at']);
SELECT any_column_privs_are('api', 'trade_busts', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'trade_busts', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'trade_busts', 'service_role', ARRAY[]::text[]);
PREPARE busts AS SELECT trade_seq FROM api.trade_busts WHERE market = 'T1BTC-T1USD';
SET LOCAL ROLE anon;
SELECT is_empty('busts', 'none yet');
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok($$ SELECT trading.bust_trade('T1BTC-T1USD', 1, 'wrong price') $$, 'an operator takes one back');
SET LOCAL ROLE anon;
SELECT results_eq('busts', ARRAY[1::bigint], 'who has not signed in sees it');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('busts', ARRAY[1::bigint], 'so does Bob');
SELECT results_eq('SELECT count(*) FROM api.fills', ARRAY[1::bigint], 'whose fill is there as it was');
SET LOCAL ROLE service_role;
SELECT throws_ok('busts', '42501', NULL, 'a service reads none');
RESET ROLE;

SELECT finish();
ROLLBACK;
