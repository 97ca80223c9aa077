-- What is on record of a row, newest first.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT l.request_id AS request, l.row_key AS "row" FROM audit.audit_logs AS l WHERE l.actor_id = :'user'
AND l.request_id IS NOT NULL
ORDER BY l.created_at DESC LIMIT 1 \gset

SELECT pg_temp.works(
    format($$ SELECT count(*) FROM audit.history(relation => 'identity.profiles', row_key => %L, max_rows => 20) $$,
    :'row'),
    'tradebase_auditor', :'claims',
    '{audit_logs_row_key_relation_created_at_idx}',
    rows => 40, buffers => 110
);

SELECT finish();
ROLLBACK;
