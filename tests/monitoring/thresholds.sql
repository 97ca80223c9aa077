-- monitoring.thresholds(): from where on it is too much, as settings say, and no other setting.

BEGIN;
SELECT plan(9);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'thresholds', '{}'::name[]);
SELECT function_owner_is('monitoring', 'thresholds', '{}'::name[], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('monitoring.thresholds()'), ARRAY['tradebase_monitor'], 'for who watches');
PREPARE limits_of(text) AS SELECT t.warn, t.crit FROM monitoring.thresholds() AS t WHERE t.name = $1;

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    'SELECT name FROM monitoring.thresholds() ORDER BY name COLLATE "C"',
    ARRAY[
        'archive', 'backup', 'bloat', 'blocking', 'connections', 'drill', 'freeze', 'long_transaction', 'outbox', 'pool',
        'replication', 'slots', 'statements', 'storage', 'storage_capacity_gib'
    ], 'of each check that has limits, and how much room there is'
);
SELECT results_eq($$ EXECUTE limits_of('drill') $$, 'VALUES (32::numeric, 35::numeric)', 'a warning, and critical');
SELECT throws_ok('SELECT FROM system.system_config', '42501', NULL, 'other settings who watches does not read');
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok($$ SELECT system.set_config_value('health_drill', '"0.5 7"', 'a test') $$, 'an operator changes them');
SELECT throws_ok(
    $$ SELECT system.set_config_value('health_drill', '"often"', 'a test') $$, 'TR010', NULL, 'to two numbers'
);
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq($$ EXECUTE limits_of('drill') $$, 'VALUES (0.5::numeric, 7::numeric)', 'while everything runs');

RESET ROLE;
SELECT finish();
ROLLBACK;
