-- Verify tradebase:trading/is_legal_order_transition on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.is_legal_order_transition(text, text)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'trading.is_legal_order_transition: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.is_legal_order_transition: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'),
        'trading.is_legal_order_transition: everybody may execute it';
END
$$;

ROLLBACK;
