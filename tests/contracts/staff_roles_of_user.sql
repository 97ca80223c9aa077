-- What somebody has been here.
-- Role tradebase_auditor; parameter: who. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid) AS SELECT * FROM identity.staff_roles WHERE user_id = $1 ORDER BY granted_at DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'user'), 'tradebase_auditor', :'claims',
    '{staff_roles_user_id_granted_at_idx}', '{}',
    rows => 20, buffers => 20
);

SELECT finish();
ROLLBACK;
