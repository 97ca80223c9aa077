-- Whether an asset has ever moved, before it is delisted.
-- Role tradebase_auditor; parameter: the asset. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT count(*) FROM portfolio.transfers WHERE asset_id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(-1)', 'tradebase_auditor', :'claims',
    '{transfers_asset_id_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
