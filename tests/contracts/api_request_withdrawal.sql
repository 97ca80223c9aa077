-- A user asks for money.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT api.request_withdrawal(%L, 1, 'contract', 'contract') $$, :'code'),
    'authenticated', :'claims',
    '{transfers_user_id_idempotency_key_key,balances_pkey,assets_code_key}',
    rows => 20, buffers => 110
);

SELECT finish();
ROLLBACK;
