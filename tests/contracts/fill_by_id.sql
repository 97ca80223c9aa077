-- A fill by its id, which says when it was.
-- Role tradebase_auditor; parameters: id and time. The month of it.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT r.id, r.executed_at AS at FROM trading.fills AS r ORDER BY r.executed_at LIMIT 1 \gset

PREPARE contract(uuid, timestamptz) AS SELECT * FROM trading.fills WHERE id = $1 AND executed_at = $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'id', :'at'), 'tradebase_auditor', :'claims',
    '{fills_pkey}', ARRAY[pg_temp.leaf_of('trading.fills', :'at')],
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
