-- The service sends what was asked for.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT portfolio.request_withdrawal_for(:'user', :'code', 1, 'contract', 'contract') ->> 'id' AS withdrawal \gset

SELECT pg_temp.works(
    format('SELECT api.send_withdrawal(%L)', :'withdrawal'),
    'service_role', :'claims',
    '{transfers_pkey}',
    rows => 15, buffers => 100
);

SELECT finish();
ROLLBACK;
