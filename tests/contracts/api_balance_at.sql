-- What a user had of an asset then.
-- Role authenticated, under its policy; parameters: asset and time.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.balance_at(%L, %L)', :'code', now()),
    'authenticated', :'claims',
    '{ledger_checkpoints_pkey,ledger_entries_user_id_asset_id_version_idx}',
    rows => 20
);

SELECT finish();
ROLLBACK;
