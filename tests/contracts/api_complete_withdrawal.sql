-- The service has seen it leave.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT portfolio.request_withdrawal_for(:'user', :'code', 1, 'contract', 'contract') ->> 'id' AS withdrawal \gset
SELECT api.send_withdrawal(:'withdrawal') ->> 'status';

SELECT pg_temp.works(
    format($$ SELECT api.complete_withdrawal(%L, 'contract') $$, :'withdrawal'),
    'service_role', :'claims',
    '{transfers_pkey,balances_pkey}',
    rows => 25, buffers => 180
);

SELECT finish();
ROLLBACK;
