-- What a user has in the book, as a screen of open orders shows it.
-- Role authenticated, under its policy; no parameters. The open book alone, whatever else there is.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT id, market, side, price::text, quantity::text FROM api.open_orders LIMIT 100;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims', '{orders_user_id_closed_at_id_idx}',
    '{partitions.orders_open}', rows => 100, buffers => 250
);

SELECT finish();
ROLLBACK;
