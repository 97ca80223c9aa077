-- A page of a user's changes of a balance, newest first.
-- Role authenticated, under its policy; parameters: asset and the last version seen. Every month, one probe each:
-- versions are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint) AS SELECT * FROM api.statement($1, $2, 20);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, NULL)', :'code'), 'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx}', ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('portfolio.ledger_entries') AS b),
    rows => 20, buffers => 100
);

SELECT finish();
ROLLBACK;
