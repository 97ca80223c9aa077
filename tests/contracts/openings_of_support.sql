-- Whom one of support has looked at.
-- Role tradebase_auditor; parameter: who. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid) AS SELECT * FROM identity.support_openings WHERE staff_user_id = $1 ORDER BY opened_at DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'user'), 'tradebase_auditor', :'claims',
    '{support_openings_staff_user_id_opened_at_idx}', '{}',
    rows => 20, buffers => 20
);

SELECT finish();
ROLLBACK;
