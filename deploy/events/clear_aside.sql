-- Deploy tradebase:events/clear_aside to pg
-- requires: events/undelivered_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.clear_aside(consumer text, event_id bigint)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM events.undelivered AS u
    WHERE u.consumer = clear_aside.consumer AND u.event_id = clear_aside.event_id;
END
$$;

COMMENT ON FUNCTION events.clear_aside(text, bigint) IS 'An event that was set aside is delivered.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.clear_aside(text, bigint) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.clear_aside(text, bigint) TO tradebase_worker;

COMMIT;
