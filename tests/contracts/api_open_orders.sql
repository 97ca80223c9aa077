-- What a user has in the book of a market.
-- Role authenticated, under its policy; parameter: the symbol. The open book alone, whatever else there is.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT id, side, price::text, quantity::text FROM api.open_orders WHERE market = $1 LIMIT 100;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'symbol'), 'authenticated', :'claims',
    '{orders_open_user_id_market_id_seq_idx}', '{partitions.orders_open}',
    rows => 100, buffers => 120
);

SELECT finish();
ROLLBACK;
