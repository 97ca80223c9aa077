-- The fees that a market has of its own.
-- Role tradebase_operator; parameter: the market. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT * FROM market.fee_schedules WHERE market_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', :market), 'tradebase_operator', :'claims',
    '{fee_schedules_market_id_idx}', '{}',
    rows => 40, buffers => 10
);

SELECT finish();
ROLLBACK;
