-- Verify tradebase:events/undelivered on pg

BEGIN;

SELECT consumer, event_id, created_at, failed_at, attempts, next_at, error
FROM events.undelivered
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'events.undelivered'::regclass),
        'events.undelivered: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'events.undelivered'::regclass),
        'events.undelivered: an index is invalid';
END
$$;

ROLLBACK;
