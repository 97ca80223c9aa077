-- Deploy tradebase:ops/due_maintenance to pg
-- requires: identity/users_access
-- requires: market/candle_state_access
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: ops/drop_leaf
-- requires: ops/ensure_partitions
-- requires: ops/job_runs_access
-- requires: ops/retired_leaves_access
-- requires: ops/retirement_obstacle
-- requires: ops/run_job
-- requires: portfolio/checkpoint_ledger

BEGIN;

CALL ops.guard_deploy();

-- DETACH … CONCURRENTLY and VACUUM run outside of a transaction, which no function can. So it does not act but says
-- what to do, and whoever can (psql's \gexec, tradebase maintain, pg_cron) sends one statement after the other: each
-- commits, or fails, by itself. It keeps no state: what was not done yesterday is due today, read from the catalog.
CREATE FUNCTION ops.due_maintenance(on_date date)
RETURNS TABLE (n integer, parent regclass, leaf name, statement text, why text)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
-- To compile it takes seconds, to run it milliseconds.
SET jit = off
AS $$
BEGIN
    IF (on_date BETWEEN DATE '1900-01-01' AND DATE '2999-12-31') IS NOT TRUE THEN
        RAISE EXCEPTION 'on_date is a date between 1900 and 2999'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'on_date');
    END IF;

    RETURN QUERY
    WITH closed AS (
        SELECT p.parent, p.action, c.oid, c.relname, c.relpages, c.relallvisible, b.to_at, p.retention
        FROM ops.partition_policies AS p
        CROSS JOIN LATERAL ops.partition_bounds(p.parent) AS b
        JOIN pg_catalog.pg_class AS c ON c.oid = b.leaf
        WHERE b.to_at <= on_date::timestamptz
    ),

    old AS (
        SELECT c.parent, c.action, c.relname, c.to_at, coalesce(
            -- Off its table it could not be put on record.
            CASE WHEN EXISTS (
                SELECT FROM ops.retired_leaves AS r WHERE r.leaf = c.relname AND r.reattached_at IS NULL
            ) THEN 'a leaf of this name is away already' END,
            ops.retirement_obstacle(c.parent, c.to_at)
        ) AS obstacle
        FROM closed AS c
        -- Nor could another's name.
        CROSS JOIN LATERAL ops.leaf_period(c.relname) AS named
        WHERE
            c.to_at <= on_date::timestamptz - c.retention AND named.parent = c.parent AND named.to_at = c.to_at
            -- What was fetched back is wanted for a while.
            AND NOT EXISTS (
                SELECT FROM ops.retired_leaves AS r
                WHERE r.leaf = c.relname AND r.reattached_at > clock_timestamp() - INTERVAL '30 days'
            )
    ),

    half_off AS (
        SELECT p.parent, p.action, c.relname, named.to_at
        FROM ops.partition_policies AS p
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.parent AND i.inhdetachpending
        JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
        LEFT JOIN LATERAL ops.leaf_period(c.relname) AS named ON named.parent = p.parent
    ),

    loose AS (
        SELECT named.parent, p.action, c.relname, named.to_at
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL ops.leaf_period(c.relname) AS named
        JOIN ops.partition_policies AS p ON p.parent = named.parent
        WHERE
            c.relnamespace = to_regnamespace('partitions') AND c.relkind = 'r' AND NOT c.relispartition
            AND named.to_at <= on_date::timestamptz
    ),

    leaving AS (
        SELECT h.* FROM half_off AS h
        UNION ALL
        SELECT o.parent, o.action, o.relname, o.to_at FROM old AS o WHERE o.obstacle IS NULL
        UNION ALL
        SELECT l.* FROM loose AS l
    ),

    away AS (
        SELECT r.parent, p.action, r.leaf, r.to_at, r.exported_at IS NOT NULL AS is_exported
        FROM ops.retired_leaves AS r
        JOIN ops.partition_policies AS p ON p.parent = r.parent
        WHERE r.dropped_at IS NULL AND r.reattached_at IS NULL
    ),

    ran AS (
        SELECT
            j.job, max(j.started_at) AS begun_at,
            max(j.started_at) FILTER (
                -- What integrity found is no reason to look again all day; that it could not look is.
                WHERE j.status = 'succeeded' OR j.job = 'ops.verify_integrity' AND j.detail ->> 'sqlstate' = 'TR903'
            ) AS done_at
        FROM ops.job_runs AS j
        WHERE
            j.job IN (
                'portfolio.snapshot_portfolio', 'portfolio.compute_analytics', 'monitoring.sample_storage',
                'ops.verify_integrity'
            )
            AND j.started_at >= CURRENT_DATE::timestamptz AND j.detail ->> 'on' = CURRENT_DATE::text
        GROUP BY j.job
    ),

    -- What a day asks for once; where nobody is, no snapshot. Marks are of now, so that it is today in UTC, which where the
    -- caller lives may still be yesterday or already tomorrow.
    daily AS (
        SELECT
            w.n, w.why,
            format('SELECT ops.run_job(%L, %L) AS problem', w.job, jsonb_build_object('on', CURRENT_DATE)) AS statement
        FROM (VALUES
            (8, 'portfolio.snapshot_portfolio', 'what everybody had at midnight'),
            (9, 'portfolio.compute_analytics', 'how everybody did until midnight'),
            (11, 'monitoring.sample_storage', 'how large everything is today'),
            -- Last: it reads whole tables.
            (12, 'ops.verify_integrity', 'whether the books keep their promises')
        ) AS w (n, job, why)
        LEFT JOIN ran AS r ON r.job = w.job
        WHERE
            abs(on_date - CURRENT_DATE) <= 1
            AND (
                r.done_at IS NULL
                -- Snapshots were taken since.
                OR w.n = 9 AND r.done_at < (SELECT s.begun_at FROM ran AS s WHERE s.job = 'portfolio.snapshot_portfolio')
            )
            AND (w.n > 9 OR EXISTS (SELECT FROM identity.users AS u WHERE u.kind = 'customer'))
    )

    SELECT due.n, due.parent, due.leaf::name, due.statement, due.why
    FROM (
        -- First, so that it has committed before anything old is touched.
        SELECT 1 AS n, NULL::regclass AS parent, NULL::text AS leaf,
            format('SELECT * FROM ops.ensure_partitions(DATE %L)', on_date) AS statement, 'leaves ahead' AS why
        UNION ALL
        SELECT 2, o.parent, max(o.relname), format('SELECT portfolio.checkpoint_ledger(%L)', max(o.to_at)),
            'the ledger is added up before its leaf goes'
        FROM old AS o
        WHERE
            o.parent = 'portfolio.ledger_entries'::regclass
            AND starts_with(o.obstacle, 'entries are in no checkpoint yet')
        GROUP BY o.parent
        UNION ALL
        SELECT 3, h.parent, h.relname, format('ALTER TABLE %s DETACH PARTITION partitions.%I FINALIZE', h.parent, h.relname),
            'its detach was interrupted'
        FROM half_off AS h
        UNION ALL
        SELECT 4, o.parent, o.relname,
            CASE WHEN o.obstacle IS NULL THEN
                format('ALTER TABLE %s DETACH PARTITION partitions.%I CONCURRENTLY', o.parent, o.relname)
            END,
            coalesce(o.obstacle, 'older than its table''s retention')
        FROM old AS o
        UNION ALL
        SELECT 5, l.parent, l.relname, format('SELECT ops.retire_leaf(%L)', l.relname), 'to the attic, and on record'
        FROM leaving AS l
        UNION ALL
        SELECT 6, d.parent, d.leaf,
            CASE WHEN o.obstacle IS NULL THEN format('SELECT ops.drop_leaf(%L)', d.leaf) END,
            coalesce(
                o.obstacle,
                CASE WHEN d.is_exported THEN 'it is in a file' ELSE 'its table''s policy is to drop it' END
            )
        FROM (
            SELECT a.* FROM away AS a
            UNION ALL
            SELECT l.*, FALSE FROM leaving AS l
        ) AS d
        CROSS JOIN LATERAL ops.drop_obstacle(d.parent, d.to_at, d.is_exported) AS o (obstacle)
        WHERE d.action IN ('export', 'drop')
        UNION ALL
        -- Its pages are never read again to spare transaction ids. VACUUM leaves them for later where somebody still
        -- looks at an older state.
        SELECT 7, c.parent, c.relname, format('VACUUM (FREEZE, ANALYZE) partitions.%I', c.relname), 'closed and not frozen'
        FROM closed AS c
        WHERE
            c.relname NOT IN (SELECT l.relname FROM leaving AS l)
            AND pg_catalog.pg_relation_size(c.oid) > 0
            AND (
                c.relallvisible < c.relpages
                OR coalesce(pg_catalog.pg_stat_get_last_vacuum_time(c.oid) < c.to_at, TRUE)
            )
        UNION ALL
        SELECT d.n, NULL, NULL, d.statement, d.why
        FROM daily AS d
        UNION ALL
        -- A market that is far behind takes several, none of them long: a long one would keep events waiting. After the
        -- snapshots, because they may be many, and what is of this day does not come again.
        SELECT 10, NULL, NULL,
            format(
                'SELECT ops.run_job(%L, %L) AS problem', 'market.roll_candles',
                jsonb_build_object('market', m.symbol, 'upto_seq', least(b.upto_seq, s.last_trade_seq))
            ),
            'trades that are in no candle yet'
        FROM market.market_state AS s
        JOIN market.markets AS m ON m.id = s.market_id
        LEFT JOIN market.candle_state AS k ON k.market_id = s.market_id
        CROSS JOIN LATERAL generate_series(
            coalesce(k.last_seq, 0) + 100000, s.last_trade_seq + 99999, 100000
        ) AS b (upto_seq)
    ) AS due
    -- The batches of a market by their number, of which more figures are a greater one.
    ORDER BY due.n, due.parent::text, due.leaf, length(due.statement), due.statement;
END
$$;

COMMENT ON FUNCTION ops.due_maintenance(date) IS
'What is due on a day, one statement a row, to be sent by the owner in this order, each outside of a transaction: leaves '
'ahead, a checkpoint of the ledger, old leaves detached, put on record and dropped, closed ones frozen; then, which a '
'worker may send too, once a day snapshots and analytics, candles of each market that is behind, and once a day the sizes '
'of everything and the integrity of the books. Where statement is NULL, why says what holds it up.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.due_maintenance(date) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.due_maintenance(date) TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
