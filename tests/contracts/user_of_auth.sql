-- Whose account it is, as a sign-in that is deleted asks for its foreign key.
-- The kernel; parameter: the id at the sign-in service. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid) AS SELECT id FROM identity.users WHERE auth_user_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'user'), 'tradebase_kernel', :'claims',
    '{users_auth_user_id_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
