-- Whose totals are shown in an asset, before it is delisted.
-- The kernel, whose the check is; parameter: the asset. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT count(*) FROM identity.profiles WHERE reporting_asset_id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(-1)', 'tradebase_kernel', :'claims',
    '{profiles_reporting_asset_id_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
