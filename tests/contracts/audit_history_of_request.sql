-- What is on record of a request, newest first.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT l.request_id AS request, l.row_key AS "row" FROM audit.audit_logs AS l WHERE l.actor_id = :'user'
AND l.request_id IS NOT NULL
ORDER BY l.created_at DESC LIMIT 1 \gset

SELECT pg_temp.works(
    format('SELECT count(*) FROM audit.history(request_id => %L)', :'request'),
    'tradebase_auditor', :'claims',
    '{audit_logs_request_id_created_at_idx}',
    rows => 10, buffers => 45
);

SELECT finish();
ROLLBACK;
