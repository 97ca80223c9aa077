-- monitoring.visible_sessions: what one may see oneself.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.visible_sessions'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'visible_sessions', ARRAY[
    'pid', 'database', 'role', 'application', 'kind', 'state', 'wait_type', 'wait', 'connected_at',
    'transaction_at', 'state_at', 'query_id', 'holds_back'
]);

PREPARE look AS SELECT * FROM monitoring.visible_sessions;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
