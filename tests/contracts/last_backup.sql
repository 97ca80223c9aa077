-- When the last good backup of a kind ended.
-- Role tradebase_monitor; parameter: the kind. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS
SELECT repository, label, finished_at FROM ops.backups
WHERE kind = $1 AND status = 'succeeded' ORDER BY finished_at DESC LIMIT 1;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('full') $$, 'tradebase_monitor', :'claims',
    '{backups_kind_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
