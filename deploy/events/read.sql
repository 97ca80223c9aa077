-- Deploy tradebase:events/read to pg
-- requires: events/consumers_access
-- requires: events/outbox_access
-- requires: market/markets_access
-- requires: trading/engine_commands_access

BEGIN;

CALL ops.guard_deploy();

-- A transaction's number is drawn before its locks: it does not tell what came first, and below the newest not all are
-- there. Therefore whole windows, of all transactions below a point below which none is running any more. What waited
-- for another has a higher id, and a lower number keeps the window from closing before both are in it.
CREATE FUNCTION events.read(consumer text, max_rows integer DEFAULT 1000)
RETURNS TABLE (
    upto_xid xid8, id bigint, stream_id text, created_at timestamptz, topic text, event text, payload jsonb
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
-- Of a long window each page is read from the primary key, in its order, and never all of it sorted.
SET enable_sort = off
SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
    finished xid8;
    c        events.consumers%ROWTYPE;
    low_id   bigint;
    last_one bigint;
    next     integer;
BEGIN
    IF (max_rows BETWEEN 1 AND 10000) IS NOT TRUE THEN
        RAISE EXCEPTION 'max_rows is 1 to 10000'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'max_rows');
    END IF;
    SELECT * INTO c FROM events.consumers AS k WHERE k.name = read.consumer;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown consumer' USING ERRCODE = 'TR701', DETAIL = jsonb_build_object('consumer', consumer);
    END IF;

    -- Nothing is written while there is nothing to read.
    WHILE c.upto_xid IS NULL LOOP
        finished := pg_snapshot_xmin(pg_current_snapshot());
        next := (SELECT min(o.incarnation) FROM events.outbox AS o WHERE o.incarnation > c.incarnation);
        -- Another cluster went on from it: of this one no transaction is left. (So many, 2^48, no cluster begins.)
        IF next IS NOT NULL THEN
            finished := '281474976710655'::xid8;
        END IF;
        -- OFFSET 0: else the least id is looked for in the order of the ids, through all that was read long ago.
        SELECT min(w.id), max(w.id) INTO low_id, last_one
        FROM (
            SELECT o.id
            FROM events.outbox AS o
            WHERE o.incarnation = c.incarnation AND o.xid >= c.from_xid AND o.xid < finished
            OFFSET 0
        ) AS w;
        IF low_id IS NOT NULL THEN
            c.upto_xid := finished;
        ELSIF next IS NOT NULL THEN
            c.incarnation := next;
            c.from_xid := '0';
        ELSE
            RETURN;
        END IF;
        IF c.upto_xid IS NOT NULL THEN
            -- Whoever reads for it at the same time comes second, and finds the window open.
            UPDATE events.consumers AS k
            SET
                incarnation = c.incarnation, from_xid = c.from_xid, upto_xid = c.upto_xid, last_id = low_id - 1,
                high_id = last_one, updated_at = clock_timestamp()
            WHERE
                k.name = read.consumer AND k.upto_xid IS NULL
                AND (k.incarnation, k.from_xid) <= (c.incarnation, c.from_xid)
            RETURNING * INTO c;
            IF NOT found THEN
                SELECT * INTO c FROM events.consumers AS k WHERE k.name = read.consumer;
                IF NOT found THEN
                    RETURN;
                END IF;
            END IF;
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT
        c.upto_xid, o.id, concat(c.incarnation * 281474976710656::numeric + c.upto_xid::text::numeric, '-', o.id),
        o.created_at, o.topic, o.event,
        CASE
            WHEN o.topic LIKE 'engine:%' THEN (
                -- Nobody else writes to a market meanwhile: between first and last are the command's own.
                SELECT jsonb_build_object('commands', jsonb_agg(to_jsonb(c) - 'market_id' ORDER BY c.seq))
                FROM trading.engine_commands AS c
                WHERE
                    c.market_id = (SELECT m.id FROM market.markets AS m WHERE m.symbol = substr(o.topic, 8))
                    AND c.seq BETWEEN (o.payload ->> 'first_seq')::bigint AND (o.payload ->> 'last_seq')::bigint
            )
            ELSE o.payload
        END
    FROM events.outbox AS o
    WHERE
        o.incarnation = c.incarnation AND o.xid >= c.from_xid AND o.xid < c.upto_xid
        AND o.id > c.last_id AND o.id <= c.high_id
    ORDER BY o.id
    LIMIT max_rows;
END
$$;

COMMENT ON FUNCTION events.read(text, integer) IS
'The next events of a consumer, at most max_rows, in the order in which they happened: what had to wait for another comes '
'after it. The same again until events.acknowledge() has moved the cursor. stream_id grows with every event of a '
'consumer, also over restores, and is always the same for the same event. No event of a transaction that still runs, or '
'that began after one that does: a transaction left open anywhere in the cluster delays, events.status() names it. '
'TR701 unknown consumer, TR010 invalid max_rows.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.read(text, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.read(text, integer) TO tradebase_worker;

COMMIT;
