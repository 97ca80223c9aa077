-- Where a user is signed in, newest first.
-- Role authenticated, under its policy; parameter: how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT * FROM api.sessions ORDER BY created_at DESC LIMIT $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(5)', 'authenticated', :'claims',
    '{user_sessions_user_id_created_at_idx}', '{}',
    rows => 5, buffers => 20
);

SELECT finish();
ROLLBACK;
