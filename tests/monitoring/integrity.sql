-- monitoring.integrity: whether the books kept their promises when somebody looked.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.integrity'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'integrity', ARRAY[
    'finished_at', 'age_seconds', 'took_seconds', 'status', 'violated', 'checks', 'message'
]);

PREPARE look AS SELECT * FROM monitoring.integrity;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
