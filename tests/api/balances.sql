-- api.balances: my balances by asset code, and nobody else's.

BEGIN;
SELECT plan(17);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'balances', ARRAY['asset', 'available', 'held', 'total', 'updated_at']);
SELECT any_column_privs_are('api', 'balances', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'balances', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'balances', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'balances', 'tradebase_support', ARRAY['SELECT']);

-- A quarter of what Alice owns is held.
UPDATE portfolio.balances SET available = 75.25, held = 25 WHERE user_id = :'alice' AND asset_id = :t1usd;

PREPARE my_balances AS SELECT asset, available::text, held::text, total::text FROM api.balances ORDER BY asset;
PREPARE get_rich AS UPDATE portfolio.balances SET available = 1000000;

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'my_balances', $$ VALUES ('T1BTC', '0.5', '0', '0.5'), ('T1USD', '75.25', '25', '100.25') $$,
    'Alice sees what is available, what is held, and both together'
);
SELECT throws_ok('DELETE FROM api.balances', '55000', NULL, 'the view takes no change');
SELECT throws_ok('get_rich', '42501', NULL, 'nor does Alice make one behind it');

SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq('my_balances', $$ VALUES ('T1USD', '7', '0', '7') $$, 'Bob sees his own');

SET LOCAL request.jwt.claims = '{"sub": "cccccccc-0000-4000-8000-00000000000c"}';
SELECT is_empty('my_balances', 'somebody without a balance sees none');
SET LOCAL request.jwt.claims = '';
SELECT is_empty('my_balances', 'a request that speaks for nobody sees none');

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('my_balances', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_balances', '42501', NULL, 'a service reads no balance here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_balances', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute('api.assets(api.balances)'), ARRAY['authenticated', 'tradebase_support'],
    'who reads the view embeds its assets'
);
PREPARE my_assets AS
SELECT b.asset, a.code, a.display_scale FROM api.balances AS b, api.assets(b) AS a ORDER BY b.asset;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_assets', $$ VALUES ('T1BTC', 'T1BTC', 8::smallint), ('T1USD', 'T1USD', 2::smallint) $$, 'Alice embeds what each of her balances is of');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_assets', 'and nobody else does');

RESET ROLE;
SELECT finish();
ROLLBACK;
