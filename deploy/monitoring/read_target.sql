-- Deploy tradebase:monitoring/read_target to pg
-- requires: monitoring/replicas

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION monitoring.read_target(max_lag interval DEFAULT '1 second')
RETURNS text
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begun CONSTANT timestamptz := clock_timestamp();
    upto pg_lsn;
    target text;
BEGIN
    IF (max_lag >= INTERVAL '0') IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid max_lag'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'max_lag', 'expected', 'at least 0');
    END IF;
    IF pg_is_in_recovery() THEN
        SELECT r.name INTO target FROM monitoring.replicas AS r WHERE r.time_behind <= max_lag;
        RETURN coalesce(target, 'primary');
    END IF;
    -- Measured lags are of the past: while replay stands still they stay as small as they were. So it is proven: a replica
    -- that has everything of this moment before max_lag is over is not further behind.
    upto := pg_current_wal_flush_lsn();
    LOOP
        SELECT r.name INTO target FROM monitoring.replicas AS r
        WHERE r.state = 'streaming' AND r.has_replayed >= upto
        ORDER BY r.has_replayed DESC, r.name LIMIT 1;
        EXIT WHEN target IS NOT NULL OR clock_timestamp() >= begun + least(max_lag, INTERVAL '100 milliseconds');
        PERFORM pg_sleep(0.002);
        -- Within a transaction statistics are otherwise what they were at first sight.
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
    RETURN coalesce(target, 'primary');
END
$$;

COMMENT ON FUNCTION monitoring.read_target(interval) IS
'Where a read may go that may be max_lag old: the name of a replica, or primary. On the primary it takes up to a tenth of '
'a second to find one that is surely so fresh; who keeps the answer for a while adds that while. On a replica it answers '
'for that alone. Who has written and wants to see it takes core.wait_for_token() there instead. Needs pg_read_all_stats on '
'the primary, without it always primary. TR010 a negative or no max_lag.';

GRANT EXECUTE ON FUNCTION monitoring.read_target(interval) TO tradebase_monitor;

COMMIT;
