-- Whom one of support has looked at.
-- Role tradebase_auditor; parameters: who, how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT s.staff_user_id AS staff FROM identity.support_openings AS s LIMIT 1 \gset

PREPARE contract(uuid, bigint) AS
SELECT * FROM identity.support_openings WHERE staff_user_id = $1 ORDER BY opened_at DESC LIMIT $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 10)', :'staff'), 'tradebase_auditor', :'claims',
    '{support_openings_staff_user_id_opened_at_idx}', '{}',
    rows => 10, buffers => 10
);

SELECT finish();
ROLLBACK;
