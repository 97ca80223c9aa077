-- Deploy tradebase:events/add_consumer to pg
-- requires: events/consumers_access
-- requires: events/outbox_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.add_consumer(name text, from_start boolean DEFAULT FALSE)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (name ~ '^[a-z][a-z0-9_]{0,39}$' AND from_start IS NOT NULL) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid name'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'name', 'expected', 'a letter, then up to 39 letters, digits and _, all small'
            );
    END IF;
    -- What is written from now on: whoever writes already may be among what it reads, and nothing later is missing.
    INSERT INTO events.consumers (name, incarnation, from_xid)
    SELECT
        add_consumer.name,
        coalesce(CASE WHEN from_start THEN min(o.incarnation) ELSE max(o.incarnation) END, 1),
        CASE WHEN from_start THEN '0'::xid8 ELSE pg_snapshot_xmin(pg_current_snapshot()) END
    FROM events.outbox AS o
    ON CONFLICT ON CONSTRAINT consumers_pkey DO NOTHING;
    RETURN found;
END
$$;

COMMENT ON FUNCTION events.add_consumer(text, boolean) IS
'Has somebody of this name read the outbox from now on, or from the oldest event that there is; FALSE when it does '
'already, and nothing was changed. From then on no event goes before it has read it. TR010 no name.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.add_consumer(text, boolean) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.add_consumer(text, boolean) TO tradebase_worker;

COMMIT;
