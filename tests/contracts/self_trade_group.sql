-- Who is kept from trading with whom.
-- Role tradebase_operator; parameter: the group. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(uuid) AS SELECT id FROM identity.users WHERE stp_group = $1 AND stp_group <> id;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'user'), 'tradebase_operator', :'claims',
    '{users_stp_group_idx}', '{}',
    rows => 100, buffers => 10
);

SELECT finish();
ROLLBACK;
