-- The version of a market.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT system.topic_version(%L)', 'market:' || :'symbol'),
    'tradebase_worker', :'claims',
    '{outbox_topic_id_idx}',
    rows => 10, buffers => 50
);

SELECT finish();
ROLLBACK;
