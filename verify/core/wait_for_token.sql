-- Verify tradebase:core/wait_for_token on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.wait_for_token(text, interval)';
BEGIN
    -- Stable, it would look through one snapshot for as long as it waits.
    ASSERT (SELECT provolatile = 'v' AND NOT prosecdef FROM pg_proc WHERE oid = f),
        'core.wait_for_token: is not volatile, or runs with rights of its owner';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'core.wait_for_token: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'core.wait_for_token: anon may execute it';
END
$$;

ROLLBACK;
