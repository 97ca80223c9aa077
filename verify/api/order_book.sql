-- Verify tradebase:api/order_book on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.order_book(text, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.order_book: runs with its owner''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'api.order_book: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.order_book: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.order_book: service_role may execute it';
END
$$;

ROLLBACK;
