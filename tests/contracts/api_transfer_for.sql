-- A service sends a user's money.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT p.user_id AS other FROM identity.profiles AS p WHERE p.user_id <> :'user' LIMIT 1 \gset

SELECT pg_temp.works(
    format($$ SELECT api.transfer_for(%L, %L, %L, 1, 'contract') $$, :'user', :'other', :'code'),
    'service_role', :'claims',
    '{users_pkey,balances_pkey,transfers_user_id_idempotency_key_key}',
    rows => 25, buffers => 170
);

SELECT finish();
ROLLBACK;
