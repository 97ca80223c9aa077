-- A page from the middle of a window that is as long as all of history.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

UPDATE events.consumers AS c
SET from_xid = '0', upto_xid = '281474976710655', last_id = o.low_id + (o.high_id - o.low_id) / 2, high_id = o.high_id
FROM (SELECT min(o.id) AS low_id, max(o.id) AS high_id FROM events.outbox AS o WHERE o.incarnation = 1) AS o
WHERE c.name = 'contract';

SELECT pg_temp.works(
    $$ SELECT count(*) FROM events.read('contract', 50) $$,
    'tradebase_worker', :'claims',
    '{consumers_pkey,outbox_pkey,engine_commands_pkey}',
    rows => 200, buffers => 400
);

SELECT finish();
ROLLBACK;
