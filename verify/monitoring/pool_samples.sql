-- Verify tradebase:monitoring/pool_samples on pg

BEGIN;

SELECT sampled_at, pool, login, clients_active, clients_waiting, servers_active, servers_idle, max_wait
FROM monitoring.pool_samples WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.pool_samples'::regclass),
        'monitoring.pool_samples: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'monitoring.pool_samples'::regclass),
        'monitoring.pool_samples: an index is invalid';
END
$$;

ROLLBACK;
