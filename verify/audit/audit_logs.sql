-- Verify tradebase:audit/audit_logs on pg

BEGIN;

SELECT id, incarnation, xid, created_at, actor_id, database_role, session_role, session_id, request_id, reason,
    relation, operation, row_key, before, after
FROM audit.audit_logs
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'audit.audit_logs'::regclass),
        'audit.audit_logs: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'audit.audit_logs'::regclass),
        'audit.audit_logs: an index is invalid';
    ASSERT (
        SELECT count(*) = 2 FROM pg_trigger
        WHERE
            tgrelid = 'audit.audit_logs'::regclass AND tgenabled = 'A'
            AND tgname IN ('audit_logs_append_only', 'audit_logs_no_truncate')
    ),
        'audit.audit_logs: a trigger that keeps it append-only is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'audit.audit_logs'::regclass),
        'audit.audit_logs: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('audit.audit_logs')),
        'audit.audit_logs: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('audit.audit_logs') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'audit.audit_logs: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
