-- api.assets: everybody sees what can be owned, to its last decimal; nobody changes it.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/three_assets.psql

SELECT columns_are('api', 'assets', ARRAY[
    'code', 'name', 'kind', 'status', 'scale', 'display_scale', 'withdraw_min', 'withdraw_fee'
]);
SELECT is(
    pg_temp.grants_on('api.assets'),
    ARRAY[
        'anon: SELECT', 'authenticated: SELECT', 'tradebase_auditor: SELECT', 'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ],
    'people read it; services and programs have no need to'
);
UPDATE market.assets SET withdraw_min = 0.5, withdraw_fee = 0.000000000000000001 WHERE code = 'T1BTC';

PREPARE coin AS
SELECT name, kind, status, scale, display_scale, trim_scale(withdraw_min)::text, trim_scale(withdraw_fee)::text
FROM api.assets WHERE code = 'T1BTC';

SET LOCAL ROLE anon;
SELECT results_eq(
    'coin', $$ VALUES ('Test coin', 'crypto', 'active', 18::smallint, 8::smallint, '0.5', '0.000000000000000001') $$,
    'who has not signed in sees what it costs to withdraw'
);
SELECT throws_ok('DELETE FROM api.assets', '42501', NULL, 'and changes nothing');
SET LOCAL ROLE authenticated;
SELECT isnt_empty('coin', 'so does a user');
SET LOCAL ROLE tradebase_support;
SELECT isnt_empty('coin', 'and support');
SET LOCAL ROLE service_role;
SELECT throws_ok('coin', '42501', NULL, 'a service reads no view');

RESET ROLE;
SELECT finish();
ROLLBACK;
