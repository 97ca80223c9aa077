-- Deploy tradebase:events/set_aside to pg
-- requires: events/undelivered_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.set_aside(consumer text, event_id bigint, created_at timestamptz, error text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO events.undelivered AS u (consumer, event_id, created_at, error)
    VALUES (set_aside.consumer, set_aside.event_id, set_aside.created_at, left(set_aside.error, 1000))
    ON CONFLICT ON CONSTRAINT undelivered_pkey DO UPDATE
    SET
        attempts = u.attempts + 1, error = excluded.error,
        next_at = clock_timestamp() + least(INTERVAL '1 second' * 2 ^ least(u.attempts, 16), INTERVAL '5 minutes');
EXCEPTION WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'unknown consumer' USING ERRCODE = 'TR701', DETAIL = jsonb_build_object('consumer', consumer);
END
$$;

COMMENT ON FUNCTION events.set_aside(text, bigint, timestamptz, text) IS
'A consumer could not deliver this event and reads on; it tries again after a second, then after twice as long each time, '
'up to five minutes. TR701 unknown consumer.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.set_aside(text, bigint, timestamptz, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.set_aside(text, bigint, timestamptz, text) TO tradebase_worker;

COMMIT;
