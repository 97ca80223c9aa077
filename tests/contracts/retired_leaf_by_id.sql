-- A retired leaf by its id, by which the audit log knows it.
-- Role tradebase_operator; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT * FROM ops.retired_leaves WHERE id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(7)', 'tradebase_operator', :'claims',
    '{retired_leaves_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
