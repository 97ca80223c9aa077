-- Verify tradebase:core/page_size on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.page_size(integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'core.page_size: runs with its owner''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'core.page_size: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'core.page_size: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'core.page_size: service_role may execute it';
END
$$;

ROLLBACK;
