-- Deploy tradebase:events/acknowledge to pg
-- requires: events/consumers_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.acknowledge(consumer text, upto_xid xid8, id bigint, events integer)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c events.consumers%ROWTYPE;
BEGIN
    -- The last of a window closes it.
    UPDATE events.consumers AS k
    SET
        from_xid = CASE WHEN acknowledge.id = k.high_id THEN k.upto_xid ELSE k.from_xid END,
        upto_xid = CASE WHEN acknowledge.id < k.high_id THEN k.upto_xid END,
        last_id = CASE WHEN acknowledge.id < k.high_id THEN acknowledge.id END,
        high_id = CASE WHEN acknowledge.id < k.high_id THEN k.high_id END,
        delivered = k.delivered + acknowledge.events, failed_at = NULL, last_error = NULL,
        updated_at = clock_timestamp()
    WHERE
        k.name = acknowledge.consumer AND k.upto_xid = acknowledge.upto_xid AND k.last_id < acknowledge.id
        AND acknowledge.id <= k.high_id AND acknowledge.events > 0;
    IF found THEN
        RETURN;
    END IF;

    SELECT * INTO c FROM events.consumers AS k WHERE k.name = acknowledge.consumer;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown consumer' USING ERRCODE = 'TR701', DETAIL = jsonb_build_object('consumer', consumer);
    END IF;
    IF (events > 0) IS NOT TRUE THEN
        RAISE EXCEPTION 'events is how many were delivered'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'events');
    END IF;
    RAISE EXCEPTION 'the cursor is not there, and it only goes forward'
        USING ERRCODE = 'TR702', DETAIL = jsonb_build_object(
            'consumer', consumer, 'from_xid', c.from_xid::text, 'upto_xid', c.upto_xid::text, 'last_id', c.last_id,
            'high_id', c.high_id
        ), HINT = 'Somebody else reads for the same consumer, or these events were acknowledged before: read again.';
END
$$;

COMMENT ON FUNCTION events.acknowledge(text, xid8, bigint, integer) IS
'A consumer has delivered the events of the window up to upto_xid, as events.read() gave them, up to this id: so many '
'events. TR701 unknown consumer, TR702 the cursor would go back, or out of its window; TR010 no events.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.acknowledge(text, xid8, bigint, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.acknowledge(text, xid8, bigint, integer) TO tradebase_worker;

COMMIT;
