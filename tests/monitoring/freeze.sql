-- monitoring.freeze: how far each database is from its last transaction.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.freeze'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'freeze', ARRAY[
    'database', 'freeze_age', 'multixact_age', 'freeze_max_age', 'used_percent'
]);

PREPARE look AS SELECT * FROM monitoring.freeze;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT isnt_empty(
    'SELECT FROM monitoring.freeze WHERE database = current_database() AND freeze_age > 0 AND used_percent BETWEEN 0 AND 100',
    'this one is among them'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
