-- Verify tradebase:portfolio/transfer_terms on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.transfer_terms(text, uuid, text, numeric, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'portfolio.transfer_terms: runs with its owner''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.transfer_terms: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'portfolio.transfer_terms: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.transfer_terms: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.transfer_terms: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.transfer_terms: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.transfer_terms: tradebase_operator may execute it';
END
$$;

ROLLBACK;
