-- What could not be delivered and is due again.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT count(*) FROM events.read_aside('contract', 5) $$,
    'tradebase_worker', :'claims',
    '{undelivered_pkey,outbox_pkey}',
    rows => 40, buffers => 80
);

SELECT finish();
ROLLBACK;
