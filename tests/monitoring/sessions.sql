-- monitoring.sessions: who is here and what they do, without the text of a statement.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.sessions'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'sessions', ARRAY[
    'pid', 'database', 'role', 'application', 'kind', 'state', 'wait_type', 'wait', 'connected_at',
    'transaction_at', 'state_at', 'query_id', 'holds_back'
]);

PREPARE look AS SELECT * FROM monitoring.sessions;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT isnt_empty(
    $$ SELECT FROM monitoring.sessions WHERE pid = pg_backend_pid() AND database = current_database() $$, 'it sees itself'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
