-- A backup by its id, as whoever recorded it was told.
-- Role tradebase_monitor; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT * FROM ops.backups WHERE id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(7)', 'tradebase_monitor', :'claims',
    '{backups_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
