-- Who has looked at a customer.
-- Role tradebase_auditor; parameters: the customer, how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid, bigint) AS
SELECT * FROM identity.support_openings WHERE user_id = $1 ORDER BY opened_at DESC LIMIT $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 10)', :'user'), 'tradebase_auditor', :'claims',
    '{support_openings_user_id_opened_at_idx}', '{}',
    rows => 10, buffers => 40
);

SELECT finish();
ROLLBACK;
