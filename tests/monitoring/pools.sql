-- monitoring.pools: what PgBouncer said last.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.pools'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'pools', ARRAY[
    'pool', 'login', 'sampled_at', 'clients_active', 'clients_waiting', 'servers_active', 'servers_idle',
    'max_wait_seconds', 'age_seconds'
]);

PREPARE look AS SELECT * FROM monitoring.pools;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
