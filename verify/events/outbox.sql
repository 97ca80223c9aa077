-- Verify tradebase:events/outbox on pg

BEGIN;

SELECT id, incarnation, xid, created_at, topic, event, payload
FROM events.outbox
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'events.outbox'::regclass
    ),
        'events.outbox: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'events.outbox'::regclass),
        'events.outbox: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'events.outbox'::regclass AND tgname = 'outbox_append_only'
            AND tgenabled = 'A'
    ),
        'events.outbox: trigger outbox_append_only is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'events.outbox'::regclass AND tgname = 'outbox_no_truncate'
            AND tgenabled = 'A'
    ),
        'events.outbox: trigger outbox_no_truncate is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'events.outbox'::regclass),
        'events.outbox: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('events.outbox')),
        'events.outbox: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('events.outbox') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'events.outbox: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
