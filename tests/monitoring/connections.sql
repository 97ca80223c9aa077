-- monitoring.connections: how many are here, and how old the oldest of them is.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.connections'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'connections', ARRAY[
    'database', 'role', 'kind', 'state', 'wait_type', 'connections', 'oldest_connection_seconds',
    'oldest_transaction_seconds', 'oldest_state_seconds'
]);

PREPARE look AS SELECT * FROM monitoring.connections;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT is_empty(
    'SELECT FROM monitoring.connections WHERE connections < 1 OR oldest_connection_seconds < 0', 'a group has somebody in it'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
