-- monitoring.outbox: which consumer of events is behind.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.outbox'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'outbox', ARRAY[
    'consumer', 'pending', 'delayed_seconds', 'undelivered', 'delivered', 'last_error', 'blocked_by_pid',
    'blocked_since', 'problem'
]);

PREPARE look AS SELECT * FROM monitoring.outbox;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
