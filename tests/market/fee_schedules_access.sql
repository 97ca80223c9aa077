-- market.fee_schedules: everybody reads, operators set the rates.

BEGIN;
SELECT plan(33);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/two_markets.psql
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate)
VALUES ('t1_vip', :open_market, -0.001, 0.002);

SELECT policies_are('market', 'fee_schedules', ARRAY[
    'fee_schedules_kernel_all', 'fee_schedules_operator_all', 'fee_schedules_public_select',
    'fee_schedules_staff_select'
]);
SELECT any_column_privs_are('market', 'fee_schedules', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_kernel', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_operator', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'fee_schedules', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('market.fee_schedules'),
    ARRAY[
        'anon: SELECT',
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: SELECT',
        'tradebase_operator: DELETE, INSERT (fee_tier, maker_fee_rate, market_id, taker_fee_rate), SELECT, '
        'UPDATE (maker_fee_rate, taker_fee_rate)',
        'tradebase_reporter: SELECT',
        'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_rates AS
SELECT maker_fee_rate::text, taker_fee_rate::text FROM market.fee_schedules WHERE fee_tier = 't1_vip';
PREPARE new_tier AS
INSERT INTO market.fee_schedules (fee_tier, maker_fee_rate, taker_fee_rate) VALUES ('t1_new', 0, 0.001);
PREPARE cheaper AS
WITH changed AS (UPDATE market.fee_schedules SET taker_fee_rate = 0 WHERE fee_tier = 't1_vip' RETURNING id)
SELECT count(*) FROM changed;
PREPARE promote AS UPDATE market.fee_schedules SET fee_tier = 't1_top' WHERE fee_tier = 't1_vip';
PREPARE everywhere AS UPDATE market.fee_schedules SET market_id = NULL WHERE fee_tier = 't1_vip';
PREPARE forget AS
WITH gone AS (DELETE FROM market.fee_schedules WHERE fee_tier = 't1_new' RETURNING id) SELECT count(*) FROM gone;

SET LOCAL ROLE anon;
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'anybody sees what a tier pays');
SELECT throws_ok('cheaper', '42501', NULL, 'nobody off the street lowers it');

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'Alice sees it');
SELECT throws_ok('cheaper', '42501', NULL, 'Alice lowers none');
SELECT throws_ok('new_tier', '42501', NULL, 'nor makes a tier of her own');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_rates', '42501', NULL, 'a service reads no table');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_rates', '42501', NULL, 'an engine knows of no fees');

SET LOCAL ROLE tradebase_support;
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'support sees it');
SELECT throws_ok('cheaper', '42501', NULL, 'and changes none');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'an auditor sees it');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'an analyst sees it');
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0.002') $$, 'the kernel sees it');
SELECT throws_ok('cheaper', '42501', NULL, 'and changes none');

SET LOCAL ROLE tradebase_operator;
SELECT lives_ok('new_tier', 'an operator makes a tier');
SELECT results_eq('cheaper', ARRAY[1::bigint], 'and sets a rate');
SELECT results_eq('seen_rates', $$ VALUES ('-0.001', '0') $$, 'which is then the rate');
SELECT throws_ok('promote', '42501', NULL, 'a row stays with its tier');
SELECT throws_ok('everywhere', '42501', NULL, 'and its market');
SELECT results_eq('forget', ARRAY[1::bigint], 'an operator removes a row');
SELECT throws_ok('TRUNCATE market.fee_schedules', '42501', NULL, 'but not all at once');

RESET ROLE;
SELECT finish();
ROLLBACK;
