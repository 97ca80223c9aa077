-- Names of orders that a clean-up may look at, by age.
-- The owner, who cleans up; parameter: how old. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(timestamptz) AS SELECT count(*) FROM trading.client_orders WHERE created_at < $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', '2000-01-01'::timestamptz), 'tradebase_kernel', :'claims',
    '{client_orders_created_at_idx}', '{}',
    rows => 1, buffers => 40
);

SELECT finish();
ROLLBACK;
