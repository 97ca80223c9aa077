-- The top of a book.
-- Role anon; parameters: the symbol, how many levels.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.order_book(%L, 20)', :'symbol'),
    'anon', :'claims',
    '{orders_open_bids_idx,orders_open_asks_idx}',
    rows => 5000
);

SELECT finish();
ROLLBACK;
