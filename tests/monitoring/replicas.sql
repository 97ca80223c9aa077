-- monitoring.replicas: who may look. What is said of slots, of those who follow, and by a replica of itself, is in
-- tests/replica.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.replicas'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'replicas', ARRAY[
    'name', 'is_here', 'state', 'is_synchronous', 'has_on_disk', 'has_replayed', 'bytes_behind', 'time_behind',
    'bytes_until_lost'
]);

PREPARE look AS SELECT name FROM monitoring.replicas;
SET LOCAL ROLE tradebase_monitor;
SELECT is_empty('look', 'nobody follows this server, which is no replica');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
