-- A market's base asset, as a market embeds it.
-- Role anon; parameter: the symbol. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT a.* FROM api.markets AS m, api.base(m) AS a WHERE m.symbol = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'symbol'), 'anon', :'claims',
    '{markets_symbol_key}', '{}',
    rows => 1, buffers => 20
);

SELECT finish();
ROLLBACK;
