-- The next hundred events: a window is opened over them and its first fifty are read.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT count(*) FROM events.read('contract', 50) $$,
    'tradebase_worker', :'claims',
    '{consumers_pkey,outbox_pkey,outbox_incarnation_xid_id_idx,engine_commands_pkey}',
    rows => 400, buffers => 900
);

SELECT finish();
ROLLBACK;
