-- A record by its id and time, after which a page goes on.
-- Role tradebase_auditor; parameters: id and time. The month of it.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT r.id, r.created_at AS at FROM audit.audit_logs AS r
WHERE r.created_at >= (SELECT max(t.executed_at) - INTERVAL '1 day' FROM trading.trades AS t)
ORDER BY r.created_at LIMIT 1 \gset

PREPARE contract(bigint, timestamptz) AS SELECT * FROM audit.audit_logs WHERE id = $1 AND created_at = $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s, %L)', :id, :'at'), 'tradebase_auditor', :'claims',
    '{audit_logs_pkey}', ARRAY[pg_temp.leaf_of('audit.audit_logs', :'at')],
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
