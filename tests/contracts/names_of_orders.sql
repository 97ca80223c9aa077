-- Names of orders that a purge may look at: by age, here a minute's worth.
-- The kernel; parameter: how old. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(c.created_at) AS since FROM trading.client_orders AS c \gset

PREPARE contract(timestamptz) AS SELECT count(order_id) FROM trading.client_orders WHERE created_at < $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'since'::timestamptz + INTERVAL '1 minute'), 'tradebase_kernel', :'claims',
    '{client_orders_created_at_idx}', '{}',
    rows => 1, buffers => 80
);

SELECT finish();
ROLLBACK;
