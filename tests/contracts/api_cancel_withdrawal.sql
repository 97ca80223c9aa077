-- A user keeps what was not sent.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT portfolio.request_withdrawal_for(:'user', :'code', 1, 'contract', 'contract') ->> 'id' AS withdrawal \gset

SELECT pg_temp.works(
    format('SELECT api.cancel_withdrawal(%L)', :'withdrawal'),
    'authenticated', :'claims',
    '{transfers_pkey,balances_pkey}',
    rows => 20, buffers => 110
);

SELECT finish();
ROLLBACK;
