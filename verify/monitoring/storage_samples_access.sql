-- Verify tradebase:monitoring/storage_samples_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['storage_samples_kernel_all', 'storage_samples_monitor_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'monitoring.storage_samples'::regclass AND polname = want);
    ASSERT missing IS NULL, format('monitoring.storage_samples: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'monitoring.storage_samples', 'INSERT'),
        'monitoring.storage_samples: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.storage_samples', 'SELECT'),
        'monitoring.storage_samples: tradebase_monitor lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'monitoring.storage_samples', 'SELECT, INSERT, UPDATE'),
        'monitoring.storage_samples: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'monitoring.storage_samples', 'SELECT, INSERT, UPDATE'),
        'monitoring.storage_samples: tradebase_worker has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
