-- The deposit that a bank or chain knows by a name.
-- Role tradebase_auditor; parameters: asset and name. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT t.external_ref AS ref FROM portfolio.transfers AS t WHERE t.kind = 'deposit'
AND t.asset_id = :asset LIMIT 1 \gset

PREPARE contract(integer, text) AS
SELECT id FROM portfolio.transfers WHERE kind = 'deposit' AND asset_id = $1 AND external_ref = $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s, %L)', :asset, :'ref'), 'tradebase_auditor', :'claims',
    '{transfers_deposit_external_ref_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
