-- The service credits what arrived.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT api.deposit(%L, %L, 1, 'contract', 'contract') $$, :'user', :'code'),
    'service_role', :'claims',
    '{users_pkey,assets_code_key,balances_pkey,transfers_user_id_idempotency_key_key}',
    rows => 35, buffers => 140
);

SELECT finish();
ROLLBACK;
