-- A market by its id, as everything that happens in it names it.
-- Role tradebase_operator; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT symbol FROM market.markets WHERE id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', :market), 'tradebase_operator', :'claims',
    '{markets_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
