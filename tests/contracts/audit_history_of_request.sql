-- What is on record of a request.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT count(*) FROM audit.history(request_id => 'r-4711') $$,
    'tradebase_auditor', :'claims',
    '{audit_logs_request_id_created_at_idx}',
    rows => 400
);

SELECT finish();
ROLLBACK;
