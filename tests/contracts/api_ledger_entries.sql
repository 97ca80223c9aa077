-- A user's changes of a balance, through the view.
-- Role authenticated, under its policy; parameter: the asset's code. Every month, one probe each: versions are no
-- times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT version, reason, d_available::text FROM api.ledger_entries WHERE asset = $1 ORDER BY version DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'code'), 'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx}', ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('portfolio.ledger_entries') AS b),
    rows => 20, buffers => 100
);

SELECT finish();
ROLLBACK;
