-- What a user changed in a week, newest first.
-- Role authenticated, under its policy; parameter: since when. The months of the week.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(timestamptz, timestamptz) AS
SELECT relation, operation, after FROM api.activity
WHERE created_at >= $1 AND created_at < $2 ORDER BY created_at DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', date_trunc('month', now()), date_trunc('month', now()) + INTERVAL '1 hour'), 'authenticated', :'claims',
    '{audit_logs_actor_id_created_at_idx}', ARRAY[pg_temp.leaf_of('audit.audit_logs', date_trunc('month', now()))],
    rows => 20, buffers => 60
);

SELECT finish();
ROLLBACK;
