-- Verify tradebase:market/fee_schedules_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'fee_schedules_kernel_all',
        'fee_schedules_public_select',
        'fee_schedules_operator_all',
        'fee_schedules_staff_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.fee_schedules'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.fee_schedules: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.fee_schedules', 'SELECT'),
        'market.fee_schedules: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('anon', 'market.fee_schedules', 'SELECT'),
        'market.fee_schedules: anon lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_operator', 'market.fee_schedules', 'UPDATE'),
        'market.fee_schedules: tradebase_operator lacks UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'market.fee_schedules', 'INSERT, UPDATE'),
        'market.fee_schedules: tradebase_kernel has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.fee_schedules', 'INSERT, UPDATE'),
        'market.fee_schedules: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_operator', 'market.fee_schedules', 'UPDATE'),
        'market.fee_schedules: tradebase_operator has UPDATE';
END
$$;

ROLLBACK;
