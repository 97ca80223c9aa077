-- What is on record of a role.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT count(*) FROM audit.history(database_role => 'service_role') $$,
    'tradebase_auditor', :'claims',
    '{audit_logs_database_role_created_at_idx}',
    rows => 400
);

SELECT finish();
ROLLBACK;
