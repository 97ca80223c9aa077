-- Where a user is signed in, newest first.
-- Role authenticated, under its policy; no parameters. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT * FROM api.sessions ORDER BY created_at DESC LIMIT 20;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims',
    '{user_sessions_user_id_created_at_idx}', '{}',
    rows => 20, buffers => 40
);

SELECT finish();
ROLLBACK;
