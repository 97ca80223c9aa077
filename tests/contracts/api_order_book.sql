-- The top of a book, level by level.
-- Role anon.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.order_book(%L, 5)', :'symbol'),
    'anon', :'claims',
    '{orders_open_bids_idx,orders_open_asks_idx}',
    rows => 70, buffers => 70
);

SELECT finish();
ROLLBACK;
