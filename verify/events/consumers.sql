-- Verify tradebase:events/consumers on pg

BEGIN;

SELECT name, incarnation, from_xid, upto_xid, last_id, high_id, delivered, failed_at, last_error, created_at, updated_at
FROM events.consumers
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'events.consumers'::regclass),
        'events.consumers: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'events.consumers'::regclass),
        'events.consumers: an index is invalid';
END
$$;

ROLLBACK;
