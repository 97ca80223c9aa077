-- trading.engine_commands: the kernel appends, auditors read.

BEGIN;
SELECT plan(32);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.engine_commands', '2031-03-01', '2031-03-01') AS made \gset
DO $$
BEGIN
    PERFORM pg_temp.put('trading.engine_commands');
END
$$;

SELECT policies_are('trading', 'engine_commands', ARRAY[
    'engine_commands_auditor_select', 'engine_commands_kernel_all'
]);
SELECT any_column_privs_are('trading', 'engine_commands', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'authenticated', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_support', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_reporter', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'engine_commands', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.engine_commands'),
    ARRAY[
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_commands AS SELECT seq FROM trading.engine_commands WHERE market_id = :open_market ORDER BY seq;
PREPARE past_the_parent AS SELECT seq FROM partitions.engine_commands_2031_03;
PREPARE new_command AS
INSERT INTO trading.engine_commands (market_id, seq, created_at, kind, order_id, payload)
VALUES (:open_market, 2, '2031-03-05 10:00:01+00', 'cancel', :'one', '{}');
PREPARE rewrite AS UPDATE trading.engine_commands SET kind = 'cancel' WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.engine_commands WHERE market_id = :open_market;

-- Those that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen_commands', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen_commands', '42501', NULL, 'a user is refused, whomever they speak for');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_commands', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_commands', '42501', NULL, 'an engine is refused, whomever they speak for');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_commands', '42501', NULL, 'an operator is refused, whomever they speak for');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen_commands', '42501', NULL, 'support is refused, whomever they speak for');
SET LOCAL ROLE tradebase_reporter;
SELECT throws_ok('seen_commands', '42501', NULL, 'an analyst is refused, whomever they speak for');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_commands', '42501', NULL, 'a monitor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_commands', '42501', NULL, 'a worker is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('new_command', '42501', NULL, 'an engine commands nobody');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen_commands', ARRAY[1::bigint], 'an auditor sees every command');
SELECT throws_ok('rewrite', '42501', NULL, 'and changes none');
SELECT throws_ok('past_the_parent', '42501', NULL, 'nor looks past the table');

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('new_command', 'the kernel appends a command');
SELECT results_eq('seen_commands', ARRAY[1::bigint, 2], 'and sees every one');
SELECT throws_ok('rewrite', '42501', NULL, 'the kernel changes none');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('TRUNCATE trading.engine_commands', '42501', NULL, 'nor all of them');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no leaf by its name');

RESET ROLE;
SELECT finish();
ROLLBACK;
