-- Verify tradebase:events/undelivered_access on pg

BEGIN;

DO $$
BEGIN
    ASSERT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'events.undelivered'::regclass AND polname = 'undelivered_kernel_all'),
        'events.undelivered: missing policy undelivered_kernel_all';
    ASSERT has_table_privilege('tradebase_kernel', 'events.undelivered', 'DELETE'),
        'events.undelivered: tradebase_kernel lacks DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'events.undelivered', 'SELECT, INSERT, UPDATE'),
        'events.undelivered: tradebase_worker has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'events.undelivered', 'SELECT, INSERT, UPDATE'),
        'events.undelivered: authenticated has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
