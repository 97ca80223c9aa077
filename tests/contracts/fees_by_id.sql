-- Fees by their id, by which the audit log knows them.
-- Role tradebase_operator; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT * FROM market.fee_schedules WHERE id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(2)', 'tradebase_operator', :'claims',
    '{fee_schedules_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
