-- How large everything is in the last sample.
-- Role tradebase_monitor. Of ninety days one.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS
SELECT relation, bytes FROM monitoring.storage_samples
WHERE sampled_on = (SELECT max(s.sampled_on) FROM monitoring.storage_samples AS s);
SELECT pg_temp.keeps(
    'EXECUTE contract', 'tradebase_monitor', :'claims',
    '{storage_samples_sampled_on_idx}', '{}',
    rows => 100, buffers => 40
);

SELECT finish();
ROLLBACK;
