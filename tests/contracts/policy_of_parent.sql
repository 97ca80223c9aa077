-- How a table is partitioned.
-- Role tradebase_worker; parameter: the table. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(regclass) AS SELECT * FROM ops.partition_policies WHERE parent = $1;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('trading.orders') $$, 'tradebase_worker', :'claims',
    '{partition_policies_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
