-- A market at a glance, five levels of each side.
-- Role anon.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.market_summary(%L, 5)', :'symbol'),
    'anon', :'claims',
    '{orders_open_bids_idx,orders_open_asks_idx,market_state_pkey,outbox_topic_id_idx}',
    rows => 80, buffers => 120
);

SELECT finish();
ROLLBACK;
