-- ops.partition_policies: who changed how long a table is kept is on record, to the value.

BEGIN;
SELECT plan(3);

SELECT triggers_are('ops', 'partition_policies', ARRAY[
    'partition_policies_audit_insert', 'partition_policies_audit_update', 'partition_policies_audit_delete',
    'partition_policies_audit_truncate'
]);
UPDATE ops.partition_policies SET retention = INTERVAL '5 years' WHERE parent = 'trading.trades'::regclass;
SELECT results_eq(
    $$ SELECT l.row_key, l.before, l.after FROM audit.audit_logs AS l
       WHERE l.relation = 'ops.partition_policies' ORDER BY l.id DESC LIMIT 1 $$,
    $$ VALUES ('trading.trades', '{"retention": null}'::jsonb, '{"retention": "5 years"}'::jsonb) $$, 'a retention, under the table''s full name'
);
SELECT isnt_empty(
    $$ SELECT FROM audit.audit_logs AS l
       WHERE l.relation = 'ops.partition_policies' AND l.operation = 'INSERT' AND l.row_key = 'trading.trades' $$,
    'and that the table came'
);

SELECT finish();
ROLLBACK;
