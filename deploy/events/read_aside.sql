-- Deploy tradebase:events/read_aside to pg
-- requires: events/outbox_access
-- requires: events/undelivered_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.read_aside(consumer text, max_rows integer DEFAULT 5)
RETURNS TABLE (id bigint, created_at timestamptz, topic text, event text, payload jsonb)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.id, o.created_at, o.topic, o.event, o.payload
    FROM (
        SELECT u.event_id, u.created_at
        FROM events.undelivered AS u
        WHERE u.consumer = read_aside.consumer AND u.next_at <= clock_timestamp()
        ORDER BY u.event_id
        LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    ) AS u
    JOIN events.outbox AS o ON o.id = u.event_id AND o.created_at = u.created_at
    ORDER BY o.id;
END
$$;

COMMENT ON FUNCTION events.read_aside(text, integer) IS
'Events that a consumer could not deliver and that are due again, at most max_rows, kept from others until the '
'transaction ends: events.clear_aside() when it is delivered now, events.set_aside() when it is not.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.read_aside(text, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.read_aside(text, integer) TO tradebase_worker;

COMMIT;
