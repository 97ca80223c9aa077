-- Deploy tradebase:monitoring/health to pg
-- requires: monitoring/archive
-- requires: monitoring/backups
-- requires: monitoring/bloat
-- requires: monitoring/blocking
-- requires: monitoring/capacity
-- requires: monitoring/drills
-- requires: monitoring/freeze
-- requires: monitoring/integrity
-- requires: monitoring/jobs
-- requires: monitoring/outbox
-- requires: monitoring/pools
-- requires: monitoring/replicas
-- requires: monitoring/runway
-- requires: monitoring/sessions
-- requires: monitoring/slots
-- requires: monitoring/statements_source
-- requires: monitoring/thresholds

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION monitoring.health()
RETURNS TABLE (
    name text, status text, value numeric, threshold numeric, unit text, detail text, remedy text
)
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    is_replica CONSTANT boolean := pg_is_in_recovery();
    of_primary CONSTANT text := CASE WHEN is_replica THEN 'only the primary knows: ask it' END;
BEGIN
    -- Within a transaction statistics are otherwise what they were at first sight.
    PERFORM pg_stat_clear_snapshot();

    RETURN QUERY
    WITH backup AS (
        SELECT
            r.name, r.repository,
            max(b.finished_at) AS good_at, bool_or(b.is_failing AND b.failed_at > coalesce(g.good_at, '-infinity')) AS is_failing,
            max(b.failed_at) AS failed_at
        FROM (
            -- Where no backup was ever tried, as on hosted Supabase, the exports are what there is.
            SELECT 'backup' AS name, (SELECT min(x.repository) FROM monitoring.backups AS x WHERE x.repository = 1) AS repository
            UNION ALL
            SELECT 'backup_second', 2
        ) AS r
        LEFT JOIN monitoring.backups AS b ON b.repository IS NOT DISTINCT FROM r.repository
        LEFT JOIN LATERAL (
            SELECT max(x.finished_at) AS good_at FROM monitoring.backups AS x
            WHERE x.repository IS NOT DISTINCT FROM r.repository
        ) AS g ON TRUE
        GROUP BY r.name, r.repository
    ),

    session AS MATERIALIZED (
        SELECT s.* FROM monitoring.sessions AS s
    ),

    oldest AS (
        SELECT t.who, t.since, t.is_idle
        FROM (
            SELECT
                format('process %s of %s, %s', s.pid, s.role, s.state) AS who, s.transaction_at AS since,
                s.state LIKE 'idle in transaction%' AS is_idle
            FROM session AS s
            WHERE s.kind = 'client backend' AND s.pid <> pg_backend_pid()
            UNION ALL
            SELECT format('prepared transaction of %s', p.owner), p.prepared, TRUE FROM pg_catalog.pg_prepared_xacts AS p
        ) AS t
        WHERE t.since IS NOT NULL
        ORDER BY t.since
        LIMIT 1
    ),

    statement AS MATERIALIZED (
        SELECT
            c.problem, c.query_id,
            (c.total_us - b.total_us)::numeric / nullif(c.calls - b.calls, 0) / nullif(b.total_us::numeric / b.calls, 0) AS times
        FROM monitoring.statement_counters(FALSE) AS c
        LEFT JOIN monitoring.statement_baseline AS b
            ON b.query_id = c.query_id AND b.role = c.role AND b.is_toplevel = c.is_toplevel AND b.calls > 0
            -- What was called seldom, or takes no time, says nothing.
            AND c.calls - b.calls >= 10 AND c.total_us - b.total_us >= 1000000 AND b.calls >= 10
        WHERE c.query_id IS NOT NULL
    ),

    job AS MATERIALIZED (
        SELECT j.* FROM monitoring.jobs AS j
    ),

    found (n, name, value, unit, is_low, floor, missing, detail, remedy) AS (
        -- floor: 1 warns and 2 is critical whatever the value is. missing: what is not known, which warns too.
        SELECT
            CASE b.name WHEN 'backup' THEN 1 ELSE 2 END, b.name,
            round(extract(EPOCH FROM clock_timestamp() - b.good_at) / 3600, 1), 'hours', FALSE,
            CASE WHEN b.is_failing THEN 1 ELSE 0 END,
            CASE WHEN b.good_at IS NULL THEN coalesce(
                'no backup in repository ' || b.repository || ' has ever succeeded', 'there is no backup, and no export'
            ) END,
            concat_ws(
                ', ', 'last good ' || to_char(b.good_at, 'YYYY-MM-DD HH24:MI'),
                CASE WHEN b.is_failing THEN 'failed ' || to_char(b.failed_at, 'YYYY-MM-DD HH24:MI') END,
                CASE WHEN b.repository IS NULL THEN 'an export' END
            ),
            'tradebase backup run --kind full; tradebase backup info says what there is'
        FROM backup AS b

        UNION ALL
        SELECT
            3, 'drill', round(min(extract(EPOCH FROM clock_timestamp() - d.good_at)) / 86400, 1), 'days', FALSE,
            max(CASE WHEN d.status = 'failed' THEN 2 ELSE 0 END),
            CASE WHEN count(d.good_at) = 0 THEN 'no recovery drill has ever succeeded' END,
            string_agg(format('%s %s %s', d.kind, d.status, to_char(d.finished_at, 'YYYY-MM-DD')), ', ' ORDER BY d.kind),
            'tradebase drill; its report says what was not restored'
        FROM (
            SELECT
                concat_ws(' ', x.kind, x.repository) AS kind, x.status, x.finished_at, x.last_good_at AS good_at
            FROM monitoring.drills AS x
        ) AS d

        UNION ALL
        SELECT
            4, 'archive',
            CASE WHEN a.is_failing THEN coalesce(
                a.archived_seconds_ago, round(extract(EPOCH FROM clock_timestamp() - a.reset_at), 3)
            ) ELSE 0 END, 'seconds', FALSE, CASE WHEN a.is_failing THEN 1 ELSE 0 END,
            CASE
                WHEN is_replica AND a.mode <> 'always' THEN of_primary
                WHEN a.mode = 'off' THEN 'archive_mode is off: no point in time can be restored'
                WHEN NOT a.has_target THEN 'archive_command is empty: WAL is kept and goes nowhere'
                WHEN a.archived_count = 0 AND NOT a.is_failing THEN 'nothing was archived since the statistics were reset'
            END,
            CASE
                WHEN a.is_failing THEN format('%s failed at %s', a.last_failed_wal, to_char(a.last_failed_at, 'HH24:MI:SS'))
                ELSE format('%s is the last', a.last_archived_wal)
            END,
            'the server''s log says why archive_command fails; until then pg_wal grows'
        FROM monitoring.archive AS a

        UNION ALL
        SELECT
            5, 'replication', round(max(r.bytes_behind) / 1048576.0, 1), 'MiB', FALSE,
            max(CASE WHEN r.state IN ('away', 'lost', 'paused') THEN 2 ELSE 0 END),
            CASE WHEN count(*) = 0 THEN 'no replica follows this server' END,
            string_agg(format('%s is %s', coalesce(nullif(r.name, ''), 'this replica'), r.state), ', ' ORDER BY r.name),
            'start it, or make it anew: docs/operations.md, Replica'
        FROM monitoring.replicas AS r

        UNION ALL
        SELECT
            6, 'slots', coalesce(round(max(s.kept_bytes) / 1048576.0, 1), 0), 'MiB', FALSE,
            coalesce(max(CASE
                WHEN s.wal_status IN ('unreserved', 'lost') THEN 2
                WHEN NOT s.is_active THEN 1
                ELSE 0
            END), 0),
            NULL,
            coalesce(string_agg(
                format('%s %s', s.slot, CASE WHEN s.wal_status = 'lost' THEN 'is lost' ELSE 'is read by nobody' END),
                ', ' ORDER BY s.slot
            ) FILTER (WHERE s.wal_status = 'lost' OR NOT s.is_active), format('%s slots', count(*))),
            'start who reads it; if nobody will: SELECT pg_drop_replication_slot(…)'
        FROM monitoring.slots AS s

        UNION ALL
        SELECT
            7, 'connections', round(100.0 * count(*) / l.room, 1), 'percent', FALSE, 0, NULL,
            format('%s of %s', count(*), l.room),
            'monitoring.connections says whose they are; clients belong behind the pool'
        FROM (
            SELECT
                current_setting('max_connections')::integer
                - current_setting('superuser_reserved_connections')::integer AS room
        ) AS l
        LEFT JOIN session AS s ON coalesce(s.kind, 'client backend') = 'client backend'
        GROUP BY l.room

        UNION ALL
        SELECT
            8, 'pool', max(p.max_wait_seconds), 'seconds', FALSE, 0,
            CASE
                WHEN count(*) = 0 THEN 'PgBouncer was never asked: tradebase stack does it, or whoever calls monitoring.record_pools()'
                WHEN min(p.age_seconds) > 300 THEN format('PgBouncer was last asked %s minutes ago', round(min(p.age_seconds) / 60))
            END,
            format('%s clients wait, %s are served', sum(p.clients_waiting), sum(p.clients_active)),
            'monitoring.connections and blocking say what holds the servers; else raise default_pool_size'
        FROM monitoring.pools AS p

        UNION ALL
        SELECT
            9, 'blocking', coalesce(max(b.waiting_seconds), 0), 'seconds', FALSE, 0, NULL,
            coalesce(
                count(DISTINCT b.pid) || ' wait for ' || string_agg(
                    DISTINCT CASE
                        WHEN b.root_pid = 0 THEN 'a prepared transaction'
                        ELSE format('process %s of %s', b.root_pid, b.root_role)
                    END, ', '
                ), 'nobody waits'
            ),
            'monitoring.blocking says for whom; SELECT pg_terminate_backend(root_pid) lets them go on'
        FROM monitoring.blocking AS b

        UNION ALL
        SELECT
            10, 'long_transaction', coalesce(round(extract(EPOCH FROM clock_timestamp() - o.since), 1), 0), 'seconds', FALSE, 0,
            CASE WHEN EXISTS (SELECT FROM session AS s WHERE s.kind IS NULL)
                THEN 'the transactions of others are hidden: GRANT pg_read_all_stats TO tradebase_monitor' END,
            coalesce(o.who, 'none is open'),
            'SELECT pg_terminate_backend(pid), or ROLLBACK PREPARED: vacuum and events wait for it'
        FROM (VALUES (TRUE)) AS one
        LEFT JOIN oldest AS o ON TRUE

        UNION ALL
        SELECT
            11, 'statements', round(s.times, 2), 'times', FALSE, 0, p.problem,
            CASE WHEN s.times IS NULL THEN 'none was called often enough since the baseline'
                ELSE format('query_id %s takes %s times as long', s.query_id, round(s.times, 2)) END,
            'monitoring.statements has it; ANALYZE its tables, or look at its plan'
        FROM monitoring.statements_source AS p
        LEFT JOIN LATERAL (
            SELECT x.query_id, x.times FROM statement AS x WHERE x.times IS NOT NULL AND p.problem IS NULL
            ORDER BY x.times DESC
            LIMIT 1
        ) AS s ON TRUE

        UNION ALL
        SELECT
            12, 'storage', c.days_until_full, 'days', TRUE,
            CASE WHEN c.used_percent >= 95 THEN 2 WHEN c.used_percent >= 85 THEN 1 ELSE 0 END,
            nullif(c.problem, ''),
            format(
                '%s of %s GiB, %s GiB a day', round(c.bytes / 1073741824.0, 2), round(c.capacity_bytes / 1073741824.0, 2),
                round(c.bytes_per_day / 1073741824.0, 3)
            ),
            'monitoring.growth says what grows; ops.set_retention(), or a larger disk and storage_capacity_gib'
        FROM monitoring.capacity AS c

        UNION ALL
        SELECT
            13, 'bloat', coalesce(max(b.bloat_percent) FILTER (WHERE b.bloat_bytes >= 8388608), 0), 'percent', FALSE, 0,
            CASE
                WHEN count(*) = 0 THEN 'no sample of sizes: ops.due_maintenance() has one taken every day'
            END,
            coalesce((
                array_agg(b.relation ORDER BY b.bloat_percent DESC) FILTER (WHERE b.bloat_bytes >= 8388608)
            )[1], 'none of 8 MB or more'),
            'REINDEX INDEX CONCURRENTLY for an index, VACUUM FULL in a window for a table'
        FROM monitoring.bloat AS b

        UNION ALL
        SELECT
            14, 'freeze', round(max(greatest(f.freeze_age, f.multixact_age)) / 1e6, 3), 'million transactions', FALSE, 0, NULL,
            (array_agg(f.database ORDER BY greatest(f.freeze_age, f.multixact_age) DESC))[1],
            'VACUUM (FREEZE) in that database; who holds it back: health of long_transaction and slots'
        FROM monitoring.freeze AS f

        UNION ALL
        SELECT
            15, 'runway', min(r.ready), 'leaves', TRUE,
            max((r.ready < r.premake)::integer),
            CASE WHEN count(*) = 0 THEN 'no table is in ops.partition_policies' END,
            coalesce(
                string_agg(format('%s has %s of %s', r.parent, r.ready, r.premake), ', ' ORDER BY r.parent) FILTER (WHERE r.ready < r.premake),
                format('%s tables have all that they should', count(*))
            ),
            'SELECT * FROM ops.ensure_partitions(CURRENT_DATE), every day: tradebase maintain, cron or pg_cron'
        FROM monitoring.runway AS r

        UNION ALL
        SELECT
            16, 'outbox', coalesce(max(o.delayed_seconds), 0), 'seconds', FALSE,
            coalesce(max(CASE WHEN o.problem LIKE '%incarnation%' THEN 2 WHEN o.undelivered > 0 THEN 1 ELSE 0 END), 0),
            CASE WHEN count(*) = 0 THEN 'nobody reads the outbox: start a relay' END,
            string_agg(
                concat_ws(', ', format('%s: %s wait', o.consumer, o.pending), nullif(format('%s undelivered', o.undelivered), '0 undelivered'), o.problem),
                '; ' ORDER BY o.consumer
            ),
            'monitoring.outbox says who is behind: start tradebase relay or cache, or end the transaction they wait for'
        FROM monitoring.outbox AS o

        UNION ALL
        -- Seals there are none in this release; that each change is still recorded, there is.
        SELECT
            17, 'sealing', count(*) FILTER (WHERE g.tgenabled <> 'A'), 'triggers asleep', FALSE,
            CASE WHEN count(*) = 0 THEN 2 ELSE 0 END,
            'the audit log has no seals in this release: who may write to the database may change it',
            coalesce(
                string_agg(DISTINCT g.tgrelid::regclass::text, ', ') FILTER (WHERE g.tgenabled <> 'A'),
                format('%s triggers record every change', count(*))
            ),
            'ALTER TABLE … ENABLE ALWAYS TRIGGER …; audit.coverage says which'
        FROM pg_catalog.pg_trigger AS g
        JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
        WHERE p.proname LIKE '%\_audit' AND NOT g.tgisinternal

        UNION ALL
        SELECT
            18, 'integrity', i.violated, 'promises broken', FALSE,
            CASE WHEN i.status = 'failed' THEN 2 WHEN i.age_seconds > 172800 THEN 1 ELSE 0 END,
            CASE WHEN i.status IS NULL THEN 'ops.verify_integrity() was never run by ops.run_job(): it is due every day' END,
            concat_ws(
                ', ', 'looked at ' || to_char(i.finished_at, 'YYYY-MM-DD HH24:MI'),
                (SELECT string_agg(k.name, ', ' ORDER BY k.name) FROM jsonb_object_keys(i.checks) AS k (name)),
                CASE WHEN i.status = 'failed' AND i.violated = 0 THEN i.message END
            ),
            'SELECT * FROM ops.verify_integrity() as an auditor; stop trading first: docs/recovery.md'
        FROM (VALUES (TRUE)) AS one
        LEFT JOIN monitoring.integrity AS i ON TRUE

        UNION ALL
        SELECT
            19, 'jobs', coalesce(sum(j.open_failures), 0), 'failures', FALSE,
            0,
            CASE
                WHEN m.age_seconds IS NULL THEN 'no maintenance was ever run: tradebase maintain, cron or pg_cron'
                WHEN m.age_seconds > 93600 THEN format('maintenance last ran %s hours ago', round(m.age_seconds / 3600))
            END,
            coalesce(
                string_agg(format('%s: %s', j.job, j.message), '; ' ORDER BY j.job) FILTER (WHERE j.open_failures > 0),
                format('%s jobs have no failure of a day', count(j.job))
            ),
            'SELECT * FROM ops.job_runs WHERE status = ''failed'' ORDER BY started_at DESC'
        FROM (
            -- Where pg_cron or cron does it, the leaves ahead alone are on record every night.
            SELECT min(x.age_seconds) AS age_seconds
            FROM job AS x WHERE x.job IN ('ops.due_maintenance', 'ops.ensure_partitions')
        ) AS m
        -- Integrity has a check of its own.
        LEFT JOIN job AS j ON j.job <> 'ops.verify_integrity'
        GROUP BY m.age_seconds
    ),

    judged AS (
        SELECT
            f.*, t.warn, t.crit,
            greatest(f.floor, CASE WHEN f.missing IS NOT NULL THEN 1 ELSE 0 END, CASE
                WHEN f.is_low THEN (f.value < t.warn)::integer + (f.value < t.crit)::integer
                ELSE (f.value > t.warn)::integer + (f.value > t.crit)::integer
            END) AS level
        FROM found AS f
        LEFT JOIN (
            SELECT t.name, t.warn, t.crit FROM monitoring.thresholds() AS t
            UNION ALL
            -- What is nobody's choice.
            VALUES ('runway', 3, 2), ('sealing', 0, 0), ('integrity', 0, 0), ('jobs', 0, 0)
        ) AS t ON t.name = regexp_replace(f.name, '_second$', '')
    )

    SELECT
        j.name, (ARRAY['ok', 'warn', 'crit'])[j.level + 1], j.value::numeric, CASE WHEN j.level = 2 THEN j.crit ELSE j.warn END,
        j.unit, concat_ws('; ', j.missing, CASE WHEN j.missing IS NULL OR j.level = 2 THEN j.detail END), CASE WHEN j.level > 0 THEN j.remedy END
    FROM judged AS j
    ORDER BY j.n;
END
$$;

COMMENT ON FUNCTION monitoring.health() IS
'How the database is, a row for each check, the same ones always: ok, warn or crit, what was measured, from where on that is '
'too much (or too little), and what to do. What is not known warns, and detail says what is missing. It reads statistics '
'and what jobs wrote, nothing slow, and works on a replica too. Limits: settings health_…, see monitoring.thresholds().';

GRANT EXECUTE ON FUNCTION monitoring.health() TO tradebase_monitor;

COMMIT;
