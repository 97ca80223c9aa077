-- Deploy tradebase:audit/history to pg
-- requires: audit/coverage
-- requires: core/page_size
-- requires: identity/users_access

BEGIN;

CALL ops.guard_deploy();

-- Custom plans: each call is planned for what it asks, with the index of that and the leaves of its time.
CREATE FUNCTION audit.history(
    relation text DEFAULT NULL, row_key text DEFAULT NULL, actor_id uuid DEFAULT NULL, database_role text DEFAULT NULL,
    request_id text DEFAULT NULL, before_created_at timestamptz DEFAULT NULL, before_id bigint DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS SETOF audit.audit_logs
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    wrong    text;
    expected text;
BEGIN
    SELECT w.argument, w.expected INTO wrong, expected
    FROM (
        VALUES
        (
            'relation', num_nonnulls(relation, actor_id, database_role, request_id) <> 1,
            'one of relation with row_key, actor_id, database_role, request_id'
        ),
        ('row_key', (relation IS NULL) <> (row_key IS NULL), 'the primary key of a row of relation, as text'),
        (
            'relation',
            relation IS NOT NULL AND NOT EXISTS (SELECT FROM audit.coverage AS c WHERE c.relation = history.relation),
            'a table, as schema.name'
        ),
        (
            'database_role',
            database_role IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = history.database_role),
            'a role of the database'
        )
    ) AS w (argument, is_wrong, expected)
    WHERE w.is_wrong
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', wrong, 'expected', expected);
    ELSIF actor_id IS NOT NULL AND NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = history.actor_id) THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', actor_id);
    END IF;

    RETURN QUERY
    SELECT l.*
    FROM audit.audit_logs AS l
    WHERE
        (history.relation IS NULL OR (l.relation = history.relation AND l.row_key = history.row_key))
        AND (history.actor_id IS NULL OR l.actor_id = history.actor_id)
        AND (history.database_role IS NULL OR (l.database_role = history.database_role AND l.actor_id IS NULL))
        AND (history.request_id IS NULL OR l.request_id = history.request_id)
        -- The first prunes the months, the row is the cursor.
        AND l.created_at <= coalesce(before_created_at, 'infinity')
        AND (l.created_at, l.id) < (coalesce(before_created_at, 'infinity'), coalesce(before_id, 0))
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT core.page_size(max_rows);
    IF NOT found AND row_key IS NOT NULL AND before_created_at IS NULL THEN
        RAISE EXCEPTION 'invalid row_key'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'row_key', 'expected', 'the key of a row that is on record'
            );
    END IF;
END
$$;

COMMENT ON FUNCTION audit.history(text, text, uuid, text, text, timestamptz, bigint, integer) IS
'What is on record, newest first: of a row (relation as schema.name, row_key as text), of a user (actor_id), of a role '
'while nobody was signed in (database_role), or of a request (request_id). Go on with before_created_at and before_id, '
'the last row''s created_at and id. TR010 invalid argument, an unknown table, key or role, TR012 unknown user.';

GRANT EXECUTE ON FUNCTION audit.history(text, text, uuid, text, text, timestamptz, bigint, integer)
TO tradebase_auditor;

COMMIT;
