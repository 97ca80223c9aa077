-- What a setting was.
-- Role tradebase_auditor; parameters: key and version. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, integer) AS SELECT value FROM system.config_history WHERE key = $1 AND version = $2;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('trading_enabled', 1) $$, 'tradebase_auditor', :'claims',
    '{config_history_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
