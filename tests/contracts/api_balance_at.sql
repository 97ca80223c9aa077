-- What a user had of an asset then.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT max(t.executed_at) - INTERVAL '1 hour' AS at FROM trading.trades AS t \gset

SELECT pg_temp.works(
    format('SELECT api.balance_at(%L, %L)', :'code', :'at'),
    'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx,ledger_checkpoints_pkey}',
    rows => 60, buffers => 200
);

SELECT finish();
ROLLBACK;
