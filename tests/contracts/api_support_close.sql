-- Support is done.
-- Role tradebase_support.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT r.user_id AS staff FROM identity.staff_roles AS r WHERE r.revoked_at IS NULL
AND r.user_id <> :'user' LIMIT 1 \gset
SELECT jsonb_build_object('sub', :'staff', 'role', 'tradebase_support') AS claims \gset

SELECT pg_temp.works(
    'SELECT api.support_close()',
    'tradebase_support', :'claims',
    '{support_openings_open_idx}',
    rows => 10, buffers => 20
);

SELECT finish();
ROLLBACK;
