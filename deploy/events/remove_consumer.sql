-- Deploy tradebase:events/remove_consumer to pg
-- requires: events/consumers_access
-- requires: events/undelivered_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.remove_consumer(name text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM events.consumers AS c WHERE c.name = remove_consumer.name;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown consumer' USING ERRCODE = 'TR701', DETAIL = jsonb_build_object('consumer', name);
    END IF;
END
$$;

COMMENT ON FUNCTION events.remove_consumer(text) IS
'Forgets who read the outbox, how far, and what could not be delivered: nothing waits for it any more. TR701 unknown '
'consumer.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.remove_consumer(text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

-- Not the worker's: whoever carries events on must not be able to lose them.
GRANT EXECUTE ON FUNCTION events.remove_consumer(text) TO tradebase_operator;

COMMIT;
