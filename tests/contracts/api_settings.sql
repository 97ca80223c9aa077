-- A public setting by its key.
-- Role anon; parameter: the key. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT value FROM api.settings WHERE key = $1;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('trading_enabled') $$, 'anon', :'claims',
    '{system_config_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
