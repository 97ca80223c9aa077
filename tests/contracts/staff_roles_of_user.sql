-- What somebody has been here.
-- Role tradebase_auditor; parameters: who, how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid, bigint) AS
SELECT * FROM identity.staff_roles WHERE user_id = $1 ORDER BY granted_at DESC LIMIT $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 1)', :'user'), 'tradebase_auditor', :'claims',
    '{staff_roles_user_id_granted_at_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
