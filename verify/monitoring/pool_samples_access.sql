-- Verify tradebase:monitoring/pool_samples_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['pool_samples_kernel_all', 'pool_samples_monitor_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'monitoring.pool_samples'::regclass AND polname = want);
    ASSERT missing IS NULL, format('monitoring.pool_samples: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'monitoring.pool_samples', 'INSERT'),
        'monitoring.pool_samples: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.pool_samples', 'SELECT'),
        'monitoring.pool_samples: tradebase_monitor lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'monitoring.pool_samples', 'SELECT, INSERT, UPDATE'),
        'monitoring.pool_samples: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'monitoring.pool_samples', 'SELECT, INSERT, UPDATE'),
        'monitoring.pool_samples: tradebase_worker has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
