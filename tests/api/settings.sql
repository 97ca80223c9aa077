-- api.settings: what the platform has set, as far as it is public.

BEGIN;
SELECT plan(10);
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'settings', ARRAY['key', 'value', 'description']);
SELECT is(
    pg_temp.grants_on('api.settings'), ARRAY[
        'anon: SELECT', 'authenticated: SELECT', 'tradebase_auditor: SELECT', 'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ], 'for people, staff too'
);
PREPARE public_ones AS SELECT s.key FROM api.settings AS s WHERE s.key IN ('trading_enabled', 'session_required') ORDER BY s.key;
PREPARE values_of AS
SELECT count(*) FROM api.settings AS s
WHERE s.key IN ('trading_enabled', 'max_order_age', 'price_collar_pct', 'reporting_asset', 'idempotency_retention');

SET LOCAL ROLE anon;
SELECT results_eq('public_ones', ARRAY['trading_enabled'], 'nobody signed in reads what is public, and no more');
SELECT results_eq('values_of', ARRAY[5::bigint], 'all of it');
SET LOCAL ROLE authenticated;
SELECT results_eq('public_ones', ARRAY['trading_enabled'], 'so does a user');
SELECT throws_ok(
    $$ UPDATE api.settings SET value = 'false' WHERE key = 'trading_enabled' $$, '42501', NULL, 'who sets nothing'
);
SELECT throws_ok('SELECT version FROM system.system_config', '42501', NULL, 'nor learns how often it changed');
SET LOCAL ROLE tradebase_support;
SELECT results_eq('public_ones', ARRAY['trading_enabled'], 'support reads what everybody does');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('public_ones', ARRAY['session_required', 'trading_enabled'], 'an operator all of it');
SET LOCAL ROLE service_role;
SELECT throws_ok('public_ones', '42501', NULL, 'a service reads none');

RESET ROLE;
SELECT finish();
ROLLBACK;
