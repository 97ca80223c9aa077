-- A service asks for a user.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT api.request_withdrawal_for(%L, %L, 1, 'contract', 'contract') $$, :'user', :'code'),
    'service_role', :'claims',
    '{transfers_user_id_idempotency_key_key,balances_pkey,assets_code_key}',
    rows => 15, buffers => 100
);

SELECT finish();
ROLLBACK;
