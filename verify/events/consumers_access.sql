-- Verify tradebase:events/consumers_access on pg

BEGIN;

DO $$
BEGIN
    ASSERT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'events.consumers'::regclass AND polname = 'consumers_kernel_all'),
        'events.consumers: missing policy consumers_kernel_all';
    ASSERT has_table_privilege('tradebase_kernel', 'events.consumers', 'DELETE'),
        'events.consumers: tradebase_kernel lacks DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'events.consumers', 'SELECT, INSERT, UPDATE'),
        'events.consumers: tradebase_worker has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'events.consumers', 'SELECT, INSERT, UPDATE'),
        'events.consumers: authenticated has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
