-- What PgBouncer said when it was last asked, among all it said in a day.
-- Role tradebase_monitor. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT pool, login, clients_waiting, max_wait_seconds FROM monitoring.pools;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'tradebase_monitor', :'claims',
    '{pool_samples_pkey}', '{}',
    rows => 10, buffers => 20
);

SELECT finish();
ROLLBACK;
