-- An entry by its id and time, as an invariant names it.
-- Role tradebase_auditor; parameters: id and time. The month of it.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT r.id, r.created_at AS at FROM portfolio.ledger_entries AS r
WHERE r.created_at >= (SELECT max(t.executed_at) - INTERVAL '1 day' FROM trading.trades AS t)
ORDER BY r.created_at LIMIT 1 \gset

PREPARE contract(bigint, timestamptz) AS SELECT * FROM portfolio.ledger_entries WHERE id = $1 AND created_at = $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s, %L)', :id, :'at'), 'tradebase_auditor', :'claims',
    '{ledger_entries_pkey}', ARRAY[pg_temp.leaf_of('portfolio.ledger_entries', :'at')],
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
