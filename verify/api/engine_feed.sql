-- Verify tradebase:api/engine_feed on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.engine_feed(text, bigint, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.engine_feed: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'), 'api.engine_feed: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.engine_feed: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.engine_feed: authenticated may execute it';
END
$$;

ROLLBACK;
