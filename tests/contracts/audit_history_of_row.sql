-- What is on record of a row.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT l.row_key AS transfer FROM audit.audit_logs AS l WHERE l.relation = 'portfolio.transfers' LIMIT 1 \gset

SELECT pg_temp.works(
    format($$ SELECT count(*) FROM audit.history(relation => 'portfolio.transfers', row_key => %L) $$, :'transfer'),
    'tradebase_auditor', :'claims',
    '{audit_logs_relation_row_key_created_at_idx}',
    rows => 400
);

SELECT finish();
ROLLBACK;
