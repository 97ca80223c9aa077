-- A user's changes of a balance, by their count.
-- Role authenticated, under its policy; parameters: the asset's code and the versions. Every month, one probe each:
-- versions are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT b.version AS last FROM portfolio.balances AS b WHERE b.user_id = :'user' AND b.asset_id = :asset \gset

PREPARE contract(text, bigint, bigint) AS
SELECT version, reason, d_available::text FROM api.ledger_entries
WHERE asset = $1 AND version > $2 AND version <= $3 ORDER BY version DESC;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %s, %s)', :'code', :last - 20, :last), 'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx}', pg_temp.leaves_of('portfolio.ledger_entries'),
    rows => 20, buffers => 50
);

SELECT finish();
ROLLBACK;
