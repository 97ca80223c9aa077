-- A consumer says how far it is.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

UPDATE events.consumers SET upto_xid = '281474976710655', last_id = 10, high_id = 20 WHERE name = 'contract';

SELECT pg_temp.works(
    $$ SELECT events.acknowledge('contract', '281474976710655', 15, 5) $$,
    'tradebase_worker', :'claims',
    '{consumers_pkey}',
    rows => 5, buffers => 30
);

SELECT finish();
ROLLBACK;
