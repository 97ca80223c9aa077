-- A user sends money to another.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT p.user_id AS other FROM identity.profiles AS p WHERE p.user_id <> :'user' LIMIT 1 \gset

SELECT pg_temp.works(
    format($$ SELECT api.transfer(%L, %L, 1, 'contract') $$, :'other', :'code'),
    'authenticated', :'claims',
    '{users_pkey,balances_pkey,transfers_user_id_idempotency_key_key}',
    rows => 30, buffers => 180
);

SELECT finish();
ROLLBACK;
