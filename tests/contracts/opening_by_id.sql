-- An opening by its id, by which the audit log knows it.
-- Role tradebase_auditor; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT * FROM identity.support_openings WHERE id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(7)', 'tradebase_auditor', :'claims',
    '{support_openings_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
