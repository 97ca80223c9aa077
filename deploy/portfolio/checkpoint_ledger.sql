-- Deploy tradebase:portfolio/checkpoint_ledger to pg
-- requires: portfolio/ledger_checkpoints_access
-- requires: portfolio/ledger_entries_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.checkpoint_ledger(as_of timestamptz)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    begun_at CONSTANT timestamptz := clock_timestamp();
    last_at  timestamptz;
    writers  text[];
    written  integer;
BEGIN
    -- A minute: post_journal reads the clock just before its entries, and waits for no lock longer than two seconds.
    IF (as_of > '-infinity' AND as_of <= begun_at - INTERVAL '1 minute') IS NOT TRUE THEN
        RAISE EXCEPTION 'as_of is a time at least a minute ago'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'as_of', 'now', begun_at);
    END IF;
    -- An older snapshot would not see what was committed while it waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a checkpoint is written in a transaction that is read committed'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    -- One at a time, and forwards only: entries before the last checkpoint may be gone.
    PERFORM pg_advisory_xact_lock(7473, 0);
    SELECT max(c.as_of) INTO last_at FROM portfolio.ledger_checkpoints AS c;
    IF as_of < last_at THEN
        RAISE EXCEPTION 'as_of lies before the last checkpoint'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'as_of', 'last', last_at);
    END IF;

    -- Whoever wrote an entry before as_of and has not ended yet holds a lock on the ledger. It is waited for; who
    -- comes later writes later entries and is in nobody's way.
    LOOP
        SELECT array_agg(DISTINCT l.virtualtransaction) INTO writers
        FROM pg_locks AS l
        WHERE
            l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_backend_pid()
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
            AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            AND (
                l.relation = 'portfolio.ledger_entries'::regclass
                OR l.relation IN (
                    SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = 'portfolio.ledger_entries'::regclass
                )
            )
            AND (writers IS NULL OR l.virtualtransaction = ANY (writers));
        EXIT WHEN writers IS NULL;
        IF clock_timestamp() > begun_at + INTERVAL '2 seconds' THEN
            RAISE EXCEPTION 'somebody who may have written before as_of has not ended'
                USING ERRCODE = 'lock_not_available', HINT = 'Try again when they have.';
        END IF;
        PERFORM pg_sleep(0.01);
    END LOOP;

    INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
    WITH last AS (
        SELECT DISTINCT ON (c.user_id, c.asset_id) c.*
        FROM portfolio.ledger_checkpoints AS c
        ORDER BY c.user_id, c.asset_id, c.as_of DESC
    ),

    entry AS (
        SELECT e.*
        FROM portfolio.ledger_entries AS e
        WHERE e.created_at >= coalesce(last_at, '-infinity') AND e.created_at < checkpoint_ledger.as_of
    )

    -- A customer's newest entry says what it left. By version, which is the order of a balance whatever a clock did.
    SELECT n.user_id, n.asset_id, checkpoint_ledger.as_of, n.version, n.available_after, n.held_after
    FROM (
        SELECT DISTINCT ON (e.user_id, e.asset_id) e.user_id, e.asset_id, e.version, e.available_after, e.held_after
        FROM entry AS e
        WHERE e.version IS NOT NULL
        ORDER BY e.user_id, e.asset_id, e.version DESC
    ) AS n
    LEFT JOIN last AS l ON l.user_id = n.user_id AND l.asset_id = n.asset_id
    WHERE n.version > coalesce(l.version, 0)
    UNION ALL
    -- A system account's are added up.
    SELECT
        s.user_id, s.asset_id, checkpoint_ledger.as_of, NULL, coalesce(l.available, 0) + s.available,
        coalesce(l.held, 0) + s.held
    FROM (
        SELECT e.user_id, e.asset_id, sum(e.d_available) AS available, sum(e.d_held) AS held
        FROM entry AS e
        WHERE e.version IS NULL
        GROUP BY e.user_id, e.asset_id
    ) AS s
    LEFT JOIN last AS l ON l.user_id = s.user_id AND l.asset_id = s.asset_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

COMMENT ON FUNCTION portfolio.checkpoint_ledger(timestamptz) IS
'Writes what each account of the ledger came to before as_of, where it moved since its last checkpoint; returns how '
'many. A worker calls it with the end of a leaf before it detaches the leaf; the same as_of again writes nothing. '
'TR010 as_of is less than a minute ago or before the last checkpoint; 55P03 somebody who was writing when it began has '
'not ended after two seconds: try again; 25000 not read committed.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.checkpoint_ledger(timestamptz) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.checkpoint_ledger(timestamptz) TO tradebase_worker;

COMMIT;
