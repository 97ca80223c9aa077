-- A page of a user's changes of a balance, newest first.
-- Role authenticated, under its policy; parameters: asset, last version seen, how many. Every month, one probe each:
-- versions are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint, integer) AS SELECT * FROM api.statement($1, $2, $3);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, NULL, 20)', :'code'), 'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx}', pg_temp.leaves_of('portfolio.ledger_entries'),
    rows => 20, buffers => 50
);

SELECT finish();
ROLLBACK;
