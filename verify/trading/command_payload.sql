-- Verify tradebase:trading/command_payload on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.command_payload(text, partitions.orders_open, uuid)';
BEGIN
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'), 'trading.command_payload: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.command_payload: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'trading.command_payload: authenticated may execute it';
END
$$;

ROLLBACK;
