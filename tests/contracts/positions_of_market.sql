-- Who has a position in a market, before it is delisted.
-- Role tradebase_auditor; parameter: the market. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT count(*) FROM trading.positions WHERE market_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', -1), 'tradebase_auditor', :'claims',
    '{positions_market_id_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
