-- What is on record of a actor.
-- Role tradebase_auditor.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT count(*) FROM audit.history(actor_id => %L)', :'user'),
    'tradebase_auditor', :'claims',
    '{audit_logs_actor_id_created_at_idx}',
    rows => 400
);

SELECT finish();
ROLLBACK;
