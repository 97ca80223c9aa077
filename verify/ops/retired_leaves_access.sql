-- Verify tradebase:ops/retired_leaves_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
    role    name;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['retired_leaves_kernel_all', 'retired_leaves_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'ops.retired_leaves'::regclass AND polname = want);
    ASSERT missing IS NULL, format('ops.retired_leaves: missing policy %s', missing);
    FOREACH role IN ARRAY ARRAY[
        'tradebase_kernel', 'tradebase_auditor', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'
    ] LOOP
        ASSERT has_table_privilege(role, 'ops.retired_leaves', 'SELECT'),
            format('ops.retired_leaves: %s lacks SELECT', role);
        ASSERT NOT has_any_column_privilege(role, 'ops.retired_leaves', 'INSERT, UPDATE'),
            format('ops.retired_leaves: %s may write', role);
        ASSERT NOT has_table_privilege(role, 'ops.retired_leaves', 'DELETE'),
            format('ops.retired_leaves: %s has DELETE', role);
    END LOOP;
    FOREACH role IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        ASSERT NOT has_any_column_privilege(role, 'ops.retired_leaves', 'SELECT, INSERT, UPDATE'),
            format('ops.retired_leaves: %s has one of SELECT, INSERT, UPDATE', role);
    END LOOP;
END
$$;

ROLLBACK;
