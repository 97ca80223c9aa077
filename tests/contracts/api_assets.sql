-- An asset by its code, as an order ticket or a balance embeds it.
-- Role anon; parameter: the code. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT * FROM api.assets WHERE code = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'code'), 'anon', :'claims',
    '{assets_code_key}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
