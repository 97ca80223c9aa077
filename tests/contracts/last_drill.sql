-- When the last good drill of a kind ended.
-- Role tradebase_monitor; parameter: the kind. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS
SELECT finished_at, rpo, rto FROM ops.recovery_drills
WHERE kind = $1 AND status = 'succeeded' ORDER BY finished_at DESC LIMIT 1;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('region') $$, 'tradebase_monitor', :'claims',
    '{recovery_drills_succeeded_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
