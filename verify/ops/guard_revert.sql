-- Verify tradebase:ops/guard_revert on pg

BEGIN;

DO $$
BEGIN
    ASSERT to_regprocedure('ops.guard_revert(text)') IS NOT NULL, 'ops.guard_revert is missing';
    ASSERT NOT has_function_privilege('public', 'ops.guard_revert(text)', 'EXECUTE'),
        'ops.guard_revert: everybody may call it';
END
$$;

ROLLBACK;
