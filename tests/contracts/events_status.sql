-- How far every consumer is, one of them a hundred events behind.
-- Role tradebase_monitor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    'SELECT count(*) FROM events.status()',
    'tradebase_monitor', :'claims',
    '{outbox_incarnation_xid_id_idx,undelivered_pkey}',
    rows => 500, buffers => 500
);

SELECT finish();
ROLLBACK;
