-- How large a relation was, day by day.
-- Role tradebase_monitor; parameter: its name. Ninety days.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS
SELECT sampled_on, bytes FROM monitoring.storage_samples WHERE relation = $1 ORDER BY sampled_on DESC LIMIT 30;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('trading.t_7') $$, 'tradebase_monitor', :'claims',
    '{storage_samples_pkey}', '{}',
    rows => 30, buffers => 60
);

SELECT finish();
ROLLBACK;
