-- The version of a market.
-- Role anon.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT system.topic_version(%L)', 'market:' || :'symbol'),
    'anon', :'claims',
    '{outbox_topic_id_idx}',
    rows => 10, buffers => 50
);

SELECT finish();
ROLLBACK;
