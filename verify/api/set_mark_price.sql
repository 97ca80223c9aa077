-- Verify tradebase:api/set_mark_price on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.set_mark_price(text, numeric, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.set_mark_price: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.set_mark_price: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'api.set_mark_price: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.set_mark_price: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.set_mark_price: authenticated may execute it';
END
$$;

ROLLBACK;
