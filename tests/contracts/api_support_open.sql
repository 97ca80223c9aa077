-- Support opens a customer.
-- Role tradebase_support.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT r.user_id AS staff FROM identity.staff_roles AS r WHERE r.revoked_at IS NULL
AND r.user_id <> :'user' LIMIT 1 \gset
SELECT jsonb_build_object('sub', :'staff', 'role', 'tradebase_support') AS claims \gset

SELECT pg_temp.works(
    format('SELECT api.support_open(%L, %L)', :'user', 'A call.'),
    'tradebase_support', :'claims',
    '{users_pkey,support_openings_open_idx}',
    rows => 20, buffers => 90
);

SELECT finish();
ROLLBACK;
