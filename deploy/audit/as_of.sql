-- Deploy tradebase:audit/as_of to pg
-- requires: audit/coverage

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION audit.as_of(relation text, row_key text, at timestamptz)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    base record;
BEGIN
    IF NOT EXISTS (SELECT FROM audit.coverage AS c WHERE c.relation = as_of.relation AND c.is_audited) THEN
        RAISE EXCEPTION 'invalid relation'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'relation', 'expected', 'an audited table, as schema.name'
            );
    ELSIF at IS NULL THEN
        RAISE EXCEPTION 'invalid at'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'at', 'expected', 'a time');
    ELSIF NOT EXISTS (
        SELECT FROM audit.audit_logs AS l WHERE l.relation = as_of.relation AND l.row_key = as_of.row_key
    ) THEN
        RAISE EXCEPTION 'invalid row_key'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'row_key', 'expected', 'the key of a row that is on record'
            );
    END IF;

    -- Where its life began or ended for the last time; a TRUNCATE ends every row's.
    SELECT l.created_at, l.id, l.operation INTO base
    FROM (
        (
            SELECT l.created_at, l.id, l.operation
            FROM audit.audit_logs AS l
            WHERE
                l.relation = as_of.relation AND l.row_key = as_of.row_key AND l.created_at <= at
                AND l.operation IN ('INSERT', 'DELETE')
            ORDER BY l.created_at DESC, l.id DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT l.created_at, l.id, l.operation
            FROM audit.audit_logs AS l
            WHERE l.relation = as_of.relation AND l.row_key IS NULL AND l.created_at <= at
            ORDER BY l.created_at DESC, l.id DESC
            LIMIT 1
        )
    ) AS l
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT 1;
    IF base.operation IS NULL AND NOT EXISTS (
        SELECT FROM audit.audit_logs AS l
        WHERE l.relation = as_of.relation AND l.row_key = as_of.row_key AND l.operation = 'INSERT'
    ) THEN
        RAISE EXCEPTION 'the row is older than its record'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'row_key', 'expected', 'a row whose beginning is on record'
            );
    ELSIF base.operation = 'INSERT' THEN
        RETURN (
            -- Of a column that changed twice the later value stays.
            SELECT jsonb_object_agg(c.name, c.value ORDER BY l.created_at, l.id)
            FROM audit.audit_logs AS l
            CROSS JOIN LATERAL jsonb_each(l.after) AS c (name, value)
            WHERE
                l.relation = as_of.relation AND l.row_key = as_of.row_key AND l.created_at <= at
                AND l.created_at >= base.created_at AND (l.created_at, l.id) >= (base.created_at, base.id)
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION audit.as_of(text, text, timestamptz) IS
'A row of an audited table as it was at a time, by its record: {column: value} without what is [not audited], and '
'"[personal]" for a value that is not kept; NULL when there was no such row. TR010 a table that is not audited, no '
'time, a key that is not on record or whose row is older than its record.';

GRANT EXECUTE ON FUNCTION audit.as_of(text, text, timestamptz) TO tradebase_auditor;

COMMIT;
