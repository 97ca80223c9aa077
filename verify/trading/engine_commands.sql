-- Verify tradebase:trading/engine_commands on pg

BEGIN;

SELECT market_id, seq, created_at, kind, order_id, payload
FROM trading.engine_commands
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.engine_commands'::regclass
    ),
        'trading.engine_commands: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.engine_commands'::regclass),
        'trading.engine_commands: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.engine_commands'::regclass AND tgname = 'engine_commands_append_only'
            AND tgenabled = 'A'
    ),
        'trading.engine_commands: trigger engine_commands_append_only is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'trading.engine_commands'::regclass AND tgname = 'engine_commands_no_truncate'
            AND tgenabled = 'A'
    ),
        'trading.engine_commands: trigger engine_commands_no_truncate is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'trading.engine_commands'::regclass),
        'trading.engine_commands: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('trading.engine_commands')),
        'trading.engine_commands: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('trading.engine_commands') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'trading.engine_commands: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
