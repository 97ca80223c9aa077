-- What a tier pays where a market has no fees of its own.
-- Role tradebase_operator; parameter: the tier. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS
SELECT * FROM market.fee_schedules WHERE fee_tier = $1 AND market_id IS NULL;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('active') $$, 'tradebase_operator', :'claims',
    '{fee_schedules_fee_tier_market_id_key}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
