-- What a user changed, newest first, since a time.
-- Role authenticated, under its policy; parameter: since when. The months since then: here one, and those to come.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(l.at) AS since, max(l.at) + INTERVAL '1 microsecond' AS until
FROM (
    SELECT created_at AS at FROM audit.audit_logs
    WHERE actor_id = :'user' AND database_role = 'authenticated'
    ORDER BY created_at DESC LIMIT 20
) AS l \gset

PREPARE contract(timestamptz, timestamptz, bigint) AS
SELECT relation, operation, after FROM api.activity
WHERE created_at >= $1 AND created_at < $2 ORDER BY created_at DESC LIMIT $3;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L, 20)', :'since', :'until'), 'authenticated', :'claims',
    '{audit_logs_actor_id_created_at_idx}', ARRAY[pg_temp.leaf_of('audit.audit_logs', :'since')],
    rows => 20, buffers => 20
);

SELECT finish();
ROLLBACK;
