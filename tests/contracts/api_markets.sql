-- A market by its symbol, with the codes of both assets.
-- Role anon; parameter: the symbol. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT * FROM api.markets WHERE symbol = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'symbol'), 'anon', :'claims',
    '{markets_symbol_key,assets_pkey}', '{}',
    rows => 1, buffers => 15
);

SELECT finish();
ROLLBACK;
