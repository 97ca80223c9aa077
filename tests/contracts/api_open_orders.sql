-- What a user has in the book of a market.
-- Role authenticated, under its policy; parameters: the symbol and how many. The open book alone, whatever else there
-- is.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint) AS
SELECT id, side, price::text, quantity::text FROM api.open_orders WHERE market = $1 LIMIT $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 10)', :'symbol'), 'authenticated', :'claims',
    '{orders_open_user_id_market_id_seq_idx}', '{partitions.orders_open}',
    rows => 10, buffers => 25
);

SELECT finish();
ROLLBACK;
