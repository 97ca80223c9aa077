-- Deploy tradebase:core/wait_for_token to pg
-- requires: core/write_token

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.wait_for_token(token text, timeout interval DEFAULT '1 second')
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts CONSTANT text[] := regexp_match(token, '^([0-9A-F]{8})\.([0-9A-F]{1,8}/[0-9A-F]{1,8})\.([0-9]{0,18})$');
    deadline CONSTANT timestamptz := clock_timestamp() + timeout;
    written_on integer;
    written_at pg_lsn;
    writer xid8;
    into_page numeric;
    is_replica boolean;
    timeline integer;
    here pg_lsn;
    outcome text;
    pause double precision := 0.001::double precision;
BEGIN
    -- Whatever has come meanwhile, an older snapshot would not see it.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'waiting for a write needs a transaction that is read committed'
            USING ERRCODE = 'invalid_transaction_state', DETAIL = jsonb_build_object(
                'transaction_isolation', current_setting('transaction_isolation')
            );
    END IF;
    IF parts IS NULL THEN
        RAISE EXCEPTION 'invalid token' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'token', 'expected', 'write_token of an answer'
        );
    END IF;
    -- Whoever waits keeps a connection, and on a replica a snapshot that replay may have to wait for in its turn.
    IF (timeout BETWEEN INTERVAL '0' AND INTERVAL '5 seconds') IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid timeout'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'timeout', 'expected', '0 to 5 seconds');
    END IF;
    written_on := ('x' || parts[1])::bit(32)::integer;
    written_at := parts[2]::pg_lsn;
    writer := nullif(parts[3], '')::xid8;
    -- Where the next record would begin, behind the header of an empty page (24 bytes, a file's first 40), is for whoever
    -- replays the end of the page before: on an idle primary nothing would ever come to be behind it.
    into_page := (written_at - '0/0') % current_setting('wal_block_size')::integer;
    written_at := written_at - CASE WHEN into_page <= 40 THEN into_page ELSE 0 END;

    LOOP
        is_replica := pg_is_in_recovery();
        IF is_replica THEN
            -- What it knows on disk: of a replica that has followed a failover, the new timeline from its next
            -- restartpoint on.
            SELECT greatest(c.timeline_id, r.min_recovery_end_timeline), pg_last_wal_replay_lsn() INTO timeline, here
            FROM pg_control_checkpoint() AS c, pg_control_recovery() AS r;
        ELSE
            timeline := ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer;
            here := pg_current_wal_insert_lsn();
        END IF;
        -- A failover or a restore lies between: the write may be here, be lost, or never have been of this cluster, and
        -- its numbers may be another's.
        IF timeline > written_on OR NOT is_replica AND (timeline < written_on OR here < written_at) THEN
            RAISE EXCEPTION 'the token is of another timeline'
                USING ERRCODE = 'TR603',
                DETAIL = jsonb_build_object('timeline', written_on, 'timeline_here', timeline),
                HINT = 'Ask the primary whether the write is there, and drop the token.';
        END IF;
        IF timeline = written_on AND here >= written_at THEN
            EXIT WHEN writer IS NULL OR writer = pg_current_xact_id_if_assigned();
            -- Of one that has not begun here yet pg_xact_status() would know nothing but an error; of one that is so old
            -- that it is NULL, everybody sees what became of it. (pg_current_snapshot() is no help: on a replica it does
            -- not list who is in progress.)
            IF writer < pg_snapshot_xmax(pg_current_snapshot()) THEN
                outcome := pg_xact_status(writer);
                IF outcome = 'aborted' THEN
                    RAISE EXCEPTION 'the write was rolled back'
                        USING ERRCODE = 'TR602', DETAIL = jsonb_build_object('token', token);
                END IF;
                EXIT WHEN outcome IS DISTINCT FROM 'in progress';
            END IF;
        END IF;
        IF clock_timestamp() >= deadline THEN
            RAISE EXCEPTION 'the write is not here yet'
                USING ERRCODE = 'TR601',
                DETAIL = jsonb_build_object(
                    'waited', timeout, 'bytes_behind', greatest(written_at - here, 0), 'timeline_here', timeline
                ),
                HINT = 'Read from the primary.';
        END IF;
        PERFORM pg_sleep(least(pause, extract(EPOCH FROM deadline - clock_timestamp())));
        pause := least(2 * pause, 0.016);
    END LOOP;
END
$$;

COMMENT ON FUNCTION core.wait_for_token(text, interval) IS
'Returns once the next statement here sees the write that a command answered write_token for: on a replica when it has '
'been replayed, on the primary at once. A statement of its own, before the one that reads. Writes nothing. TR601 not here '
'within timeout (at most 5 seconds; 0 only looks), TR602 rolled back, TR603 written on another timeline: a failover or a '
'restore lies between, and only looking tells; TR010 token or timeout, 25000 in a transaction that is not read committed.';

-- Those who write and wait, and who reports on what they wrote.
GRANT EXECUTE ON FUNCTION core.wait_for_token(text, interval) TO authenticated, service_role, tradebase_reporter;

COMMIT;
