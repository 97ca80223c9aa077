-- A service gives back what was not sent.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT portfolio.request_withdrawal_for(:'user', :'code', 1, 'contract', 'contract') ->> 'id' AS withdrawal \gset

SELECT pg_temp.works(
    format('SELECT api.cancel_withdrawal_for(%L, %L)', :'user', :'withdrawal'),
    'service_role', :'claims',
    '{transfers_pkey,balances_pkey}',
    rows => 20, buffers => 100
);

SELECT finish();
ROLLBACK;
