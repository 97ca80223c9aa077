-- Verify tradebase:events/outbox_access on pg

BEGIN;

DO $$
BEGIN
    ASSERT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'events.outbox'::regclass AND polname = 'outbox_kernel_all'),
        'events.outbox: missing policy outbox_kernel_all';
    ASSERT has_table_privilege('tradebase_kernel', 'events.outbox', 'INSERT'),
        'events.outbox: tradebase_kernel lacks INSERT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'events.outbox', 'UPDATE'),
        'events.outbox: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'events.outbox', 'DELETE'),
        'events.outbox: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'events.outbox', 'SELECT, INSERT, UPDATE'),
        'events.outbox: tradebase_worker has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'events.outbox', 'SELECT, INSERT, UPDATE'),
        'events.outbox: authenticated has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
