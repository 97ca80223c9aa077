-- Deploy tradebase:events/report_failure to pg
-- requires: events/consumers_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.report_failure(consumer text, error text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Once a second is enough: a consumer that fails tries many times.
    UPDATE events.consumers AS c
    SET failed_at = clock_timestamp(), last_error = left(report_failure.error, 1000), updated_at = clock_timestamp()
    WHERE
        c.name = report_failure.consumer AND (
            c.last_error IS DISTINCT FROM left(report_failure.error, 1000)
            OR c.failed_at < clock_timestamp() - INTERVAL '1 second'
        );
    IF NOT found AND NOT EXISTS (SELECT FROM events.consumers AS c WHERE c.name = report_failure.consumer) THEN
        RAISE EXCEPTION 'unknown consumer' USING ERRCODE = 'TR701', DETAIL = jsonb_build_object('consumer', consumer);
    END IF;
END
$$;

COMMENT ON FUNCTION events.report_failure(text, text) IS
'A consumer can deliver nothing now, and why: kept for events.status() until it can. TR701 unknown consumer.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.report_failure(text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.report_failure(text, text) TO tradebase_worker;

COMMIT;
