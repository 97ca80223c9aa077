-- Deploy tradebase:ops/ensure_partitions to pg
-- requires: ops/partition_policies_access
-- requires: ops/partition_bounds
-- requires: ops/leaf_problems
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

-- Definers of the owner, not of the kernel: only a table's owner can attach a leaf to it. They touch nothing but
-- parents listed in ops.partition_policies, and no name comes from the caller.

CREATE FUNCTION ops.ensure_partitions(parent regclass, from_date date, to_date date)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
-- ATTACH waits for other schema changes only; behind one that hangs it must not queue for ever.
SET lock_timeout = '5s'
AS $$
DECLARE
    period   text;
    step     interval;
    suffix   text;
    root     pg_catalog.pg_class%ROWTYPE;
    from_at  timestamptz;
    name     text;
    leaf     regclass;
    twin     record;
    problems text[];
    made     integer := 0;
BEGIN
    IF parent IS NULL OR from_date IS NULL OR to_date IS NULL THEN
        RAISE EXCEPTION 'parent, from_date and to_date are needed'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', CASE
                WHEN parent IS NULL THEN 'parent' WHEN from_date IS NULL THEN 'from_date' ELSE 'to_date' END);
    END IF;

    -- The row lock makes two callers take turns.
    SELECT p.period INTO period FROM ops.partition_policies AS p WHERE p.parent = ensure_partitions.parent FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'no partition policy for %', parent
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'parent');
    END IF;
    step := ('1 ' || period)::interval;
    suffix := CASE period WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY_MM' WHEN 'week' THEN 'IYYY_"w"IW'
        ELSE 'YYYY_MM_DD' END;

    -- Also what a mistyped year would ask for: nobody wants four hundred leaves at once.
    IF NOT (from_date <= to_date AND from_date >= DATE '1900-01-01' AND to_date < from_date + step * 400) THEN
        RAISE EXCEPTION 'dates % to % are not a range of 1 to 400 periods since 1900', from_date, to_date
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'to_date', 'period', period);
    END IF;

    SELECT * INTO root FROM pg_catalog.pg_class AS c WHERE c.oid = parent;

    FOR from_at IN
        SELECT s.from_at
        FROM pg_catalog.generate_series(
            pg_catalog.date_trunc(period, from_date::timestamptz), to_date::timestamptz, step
        ) AS s (from_at)
        WHERE NOT EXISTS (
            SELECT FROM ops.partition_bounds(parent) AS b
            WHERE b.from_at <= s.from_at AND b.to_at >= s.from_at + step
        )
    LOOP
        name := root.relname || '_' || to_char(from_at, suffix);

        -- PARTITION OF would lock the parent against readers and writers; ATTACH lets them pass. Only a table that the
        -- parent's foreign keys refer to waits with its own writers until we commit.
        EXECUTE format(
            'CREATE TABLE partitions.%I '
            '(LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING COMMENTS) '
            -- Rows only come: the visibility map keeps up with them, and reads stay in the indexes.
            'WITH (autovacuum_vacuum_insert_scale_factor = 0.02)',
            name, parent
        );
        leaf := to_regclass(format('partitions.%I', name));
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', leaf);
        IF root.relreplident IN ('n', 'f') THEN
            EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', leaf,
                CASE root.relreplident WHEN 'n' THEN 'NOTHING' ELSE 'FULL' END);
        END IF;
        EXECUTE format(
            'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, leaf, from_at, from_at + step
        );

        -- ATTACH clones row triggers. A statement trigger of the parent sleeps when a leaf is addressed by its own
        -- name (TRUNCATE, a restore's COPY): each leaf gets its twin.
        FOR twin IN
            SELECT t.tgname, t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid) AS def
            FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = parent AND NOT t.tgisinternal AND t.tgtype & 1 = 0
        LOOP
            EXECUTE replace(twin.def, format(' ON %s ', parent), format(' ON %s ', leaf));
            IF twin.tgenabled = 'A' THEN
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', leaf, twin.tgname);
            END IF;
        END LOOP;

        problems := ops.leaf_problems(leaf);
        IF problems <> '{}' THEN
            RAISE EXCEPTION 'a new leaf is not like its parent: %', problems[1]
                USING ERRCODE = 'TR903', DETAIL = to_jsonb(problems);
        END IF;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

COMMENT ON FUNCTION ops.ensure_partitions(regclass, date, date) IS
'Makes the missing leaves of one table for the periods from the one that holds from_date to the one that holds to_date '
'(UTC); returns how many. TR010 no policy, or dates out of order or too many; 55P03 the table was locked for five '
'seconds.';

CREATE FUNCTION ops.ensure_partitions(upto date)
RETURNS TABLE (parent regclass, made integer, problem text)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
AS $$
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    policy  ops.partition_policies%ROWTYPE;
    step    interval;
    stretch record;
    report  jsonb := jsonb_build_array();
BEGIN
    IF (upto BETWEEN DATE '1900-01-01' AND DATE '2999-12-31') IS NOT TRUE THEN
        RAISE EXCEPTION 'upto is a date between 1900 and 2999'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'upto');
    END IF;

    FOR policy IN SELECT * FROM ops.partition_policies AS p ORDER BY p.parent::text LOOP
        parent := policy.parent;
        made := 0;
        problem := NULL;
        step := ('1 ' || policy.period)::interval;
        -- What is written to next comes first. Then the days on which nobody called: from the end of the newest leaf
        -- that began by upto.
        FOR stretch IN
            SELECT 1 AS n, upto AS from_date, (upto + step * policy.premake)::date AS to_date
            UNION ALL
            SELECT 2, max(b.to_at)::date, upto
            FROM ops.partition_bounds(policy.parent) AS b
            WHERE b.from_at <= upto
            HAVING max(b.to_at) < upto
            ORDER BY n
        LOOP
            BEGIN
                made := made + ops.ensure_partitions(policy.parent, stretch.from_date, stretch.to_date);
            EXCEPTION WHEN OTHERS THEN -- one table's trouble must not leave the others without a leaf
                problem := concat_ws(
                    '; ', problem, format('%s to %s: %s %s', stretch.from_date, stretch.to_date, sqlstate, sqlerrm)
                );
                RAISE WARNING 'no leaves for % from % to %: %', parent, stretch.from_date, stretch.to_date, sqlerrm;
            END;
        END LOOP;
        report := report || jsonb_build_object('parent', parent::text, 'made', made, 'problem', problem);
        RETURN NEXT;
    END LOOP;

    INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
    VALUES (
        'ops.ensure_partitions', started, clock_timestamp(),
        CASE WHEN jsonb_path_exists(report, '$[*].problem ? (@ != null)') THEN 'failed' ELSE 'succeeded' END,
        jsonb_build_object('upto', upto, 'parents', report)
    );
END
$$;

COMMENT ON FUNCTION ops.ensure_partitions(date) IS
'Makes the runway of every table in ops.partition_policies: all periods to the one that holds upto, and premake more. '
'Run it daily with CURRENT_DATE. One row per table; a problem stops that table alone and is kept in ops.job_runs.';

GRANT EXECUTE ON FUNCTION ops.ensure_partitions(regclass, date, date) TO tradebase_worker;
GRANT EXECUTE ON FUNCTION ops.ensure_partitions(date) TO tradebase_worker;

COMMIT;
