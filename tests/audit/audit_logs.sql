-- audit.audit_logs: what is recorded stays as it was recorded, through the parent and through a leaf.

BEGIN;
SELECT plan(18);
\ir ../fixtures/owner_is_past_rls.psql
SELECT ops.ensure_partitions('audit.audit_logs', '2019-03-01', '2019-03-01') AS made \gset

SELECT columns_are('audit', 'audit_logs', ARRAY[
    'id', 'incarnation', 'xid', 'created_at', 'actor_id', 'database_role', 'session_role', 'session_id', 'request_id',
    'reason', 'relation', 'operation', 'row_key', 'before', 'after'
]);
SELECT indexes_are('audit', 'audit_logs', ARRAY[
    'audit_logs_pkey', 'audit_logs_row_key_relation_created_at_idx', 'audit_logs_actor_id_created_at_idx',
    'audit_logs_database_role_created_at_idx', 'audit_logs_request_id_created_at_idx'
]);
PREPARE record(text) AS
INSERT INTO audit.audit_logs (created_at, database_role, session_role, relation, operation)
VALUES ('2019-03-05', 'somebody', 'somebody', 't.t', $1);
PREPARE kept AS
SELECT l.incarnation, l.xid = pg_current_xact_id(), l.operation FROM audit.audit_logs AS l WHERE l.relation = 't.t';

SELECT lives_ok($$ EXECUTE record('DELETE') $$, 'a deed is recorded');
SELECT throws_ok($$ EXECUTE record('THOUGHT') $$, '23514', NULL, 'a thought is not');
SELECT results_eq('kept', $$ VALUES (1, TRUE, 'DELETE') $$, 'under the transaction it happened in');

-- The owner too, by whatever name.
SELECT throws_ok(format(statement, 'audit.audit_logs'), 'TR902', 'audit.audit_logs is append-only', description)
FROM (VALUES
    ('UPDATE %s SET reason = NULL', 'it is not edited'),
    ('DELETE FROM %s', 'forgets nothing'),
    ('TRUNCATE %s', 'is not emptied'),
    ($$ MERGE INTO %s AS l USING (VALUES ('t.t')) AS v (relation) ON l.relation = v.relation
        WHEN MATCHED THEN UPDATE SET created_at = l.created_at + INTERVAL '31 days' $$, 'lets no row move to another leaf')
) AS s (statement, description);
SELECT throws_ok(
    'TRUNCATE partitions.audit_logs_2019_03', 'TR902', 'audit.audit_logs is append-only', 'a leaf is not emptied'
);
-- By a leaf's own name there is no policy: nothing is found, past which whoever bypasses it meets the trigger.
PREPARE edit_the_leaf AS UPDATE partitions.audit_logs_2019_03 SET reason = 'edited';
PREPARE forget_the_leaf AS DELETE FROM partitions.audit_logs_2019_03;
\if :owner_is_past_rls
SELECT throws_ok('edit_the_leaf', 'TR902', 'audit.audit_logs is append-only', 'nor edited past row level security');
SELECT throws_ok('forget_the_leaf', 'TR902', 'audit.audit_logs is append-only', 'nor forgotten');
\else
EXECUTE edit_the_leaf;
EXECUTE forget_the_leaf;
SELECT is_empty('SELECT FROM partitions.audit_logs_2019_03', 'nor seen by its own name');
SELECT throws_ok(
    $$ INSERT INTO partitions.audit_logs_2019_03 (created_at, database_role, session_role, relation, operation)
       VALUES ('2019-03-05', 'a', 'a', 't.t', 'DELETE') $$, '42501', NULL, 'nor added to'
);
\endif
SELECT results_eq('kept', $$ VALUES (1, TRUE, 'DELETE') $$, 'nor edited: the record is as it was');

-- With its triggers asleep, too: what may be done to it is decided by the grants first.
SELECT is(
    (SELECT array_agg(DISTINCT g.tgenabled) FROM pg_trigger AS g
     WHERE g.tgrelid IN ('audit.audit_logs'::regclass, 'partitions.audit_logs_2019_03'::regclass) AND NOT g.tgisinternal),
    ARRAY['A'::"char"], 'a session that calls itself a replica is refused as well'
);
ALTER TABLE partitions.audit_logs_2019_03 DISABLE TRIGGER audit_logs_no_truncate;
SELECT ok(
    ops.leaf_problems('partitions.audit_logs_2019_03')::text LIKE '%audit_logs_no_truncate%',
    'an owner who puts a leaf''s trigger to sleep is seen'
);
SELECT isnt_empty('kept', 'and the record is still there');
SELECT throws_ok(
    $$ INSERT INTO audit.audit_logs (id, database_role, session_role, relation, operation)
       VALUES (1, 'a', 'a', 't.t', 'DELETE') $$, '428C9', NULL, 'nobody numbers a record'
);

SELECT throws_ok(
    $$ INSERT INTO audit.audit_logs OVERRIDING SYSTEM VALUE
       SELECT r.* FROM audit.audit_logs AS r WHERE r.relation = 't.t' $$,
    '23505', 'duplicate key value violates unique constraint "audit_logs_2019_03_pkey"', 'nor gives it a number twice'
);

SELECT finish();
ROLLBACK;
