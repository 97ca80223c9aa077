-- Where a leaf is that was taken off its table.
-- Role tradebase_operator; parameter: its name. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT * FROM ops.retired_leaves WHERE leaf = $1 AND reattached_at IS NULL;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('trades_7') $$, 'tradebase_operator', :'claims',
    '{retired_leaves_leaf_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
