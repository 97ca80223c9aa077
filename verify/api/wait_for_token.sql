-- Verify tradebase:api/wait_for_token on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.wait_for_token(text, interval)';
BEGIN
    ASSERT (SELECT provolatile = 'v' AND NOT prosecdef FROM pg_proc WHERE oid = f),
        'api.wait_for_token: is not volatile, or runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.wait_for_token: authenticated may not execute it';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.wait_for_token: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.wait_for_token: anon may execute it';
END
$$;

ROLLBACK;
