-- Deploy tradebase:monitoring/statement_counters to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- The extension lies in whatever schema its superuser chose, which on hosted Supabase the monitor may not use, or is
-- not there: looked for when it is asked, as the owner (see monitoring.owners_sessions()), and what is missing is said
-- and no error.
CREATE FUNCTION monitoring.statement_counters(with_text boolean)
RETURNS TABLE (
    problem text, reset_at timestamptz, query_id bigint, role text, is_toplevel boolean, query text, calls bigint,
    total_us bigint, row_count bigint, buffers bigint, buffers_read bigint, temp_buffers bigint, wal_bytes numeric
)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    place   CONSTANT name := (
        SELECT n.nspname
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'
    );
    missing text;
    since   timestamptz;
BEGIN
    missing := CASE
        WHEN place IS NULL THEN 'extension pg_stat_statements is missing: a superuser creates it in this database'
        WHEN NOT has_schema_privilege(place, 'USAGE')
            THEN format('schema %s of pg_stat_statements is closed: GRANT USAGE ON SCHEMA %s TO %s', place, place, current_user)
        WHEN NOT pg_has_role('pg_read_all_stats', 'USAGE')
            THEN 'the statements of others are hidden: GRANT pg_read_all_stats TO tradebase_monitor'
    END;
    IF missing IS NULL THEN
        BEGIN
            EXECUTE format('SELECT stats_reset FROM %I.pg_stat_statements_info()', place) INTO since;
        EXCEPTION WHEN object_not_in_prerequisite_state THEN
            missing := 'pg_stat_statements does not count: put it into shared_preload_libraries, and restart the server';
        END;
    END IF;
    -- One row for the whole, and then one for each statement.
    RETURN QUERY SELECT
        missing, since, NULL::bigint, NULL::text, NULL::boolean, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint,
        NULL::bigint, NULL::bigint, NULL::bigint, NULL::numeric;
    IF missing IS NOT NULL THEN
        RETURN;
    END IF;
    -- Values stand as $1 in what PostgreSQL has planned, and as they were in everything else, of which only the first
    -- word is told; and where a statement was pushed out while it ran, so that what is in quotes goes in any case.
    RETURN QUERY EXECUTE format(
        $x$
        SELECT
            NULL::text, NULL::timestamptz, s.queryid, r.rolname::text, s.toplevel,
            CASE
                WHEN s.query ~* '^[\s(]*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE)\M' THEN left(
                    regexp_replace(
                        regexp_replace(s.query, '/[*].*?[*]/|--[^\n]*', '', 'g'),
                        '\$([a-z_]*)\$.*?\$\1\$|''[^'']*''', '''…''', 'g'
                    ), 1000
                )
                ELSE upper(substring(s.query FROM '[A-Za-z]+'))
            END,
            s.calls, (s.total_exec_time * 1000)::bigint, s.rows, s.shared_blks_hit + s.shared_blks_read,
            s.shared_blks_read, s.temp_blks_read + s.temp_blks_written, s.wal_bytes
        FROM %I.pg_stat_statements($1) AS s
        JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
        JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()
        WHERE s.queryid IS NOT NULL
        $x$, place
    ) USING with_text;
END
$$;

COMMENT ON FUNCTION monitoring.statement_counters(boolean) IS
'What pg_stat_statements has counted in this database, with texts or without (faster): first a row that says since when, '
'or in problem what is missing, then one for each statement. Read monitoring.statements instead.';

GRANT EXECUTE ON FUNCTION monitoring.statement_counters(boolean) TO tradebase_monitor, tradebase_kernel;

COMMIT;
