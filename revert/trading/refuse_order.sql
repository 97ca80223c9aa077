-- Revert tradebase:trading/refuse_order from pg

BEGIN;

CALL ops.guard_revert('trading/refuse_order');

DROP FUNCTION trading.refuse_order(text, bigint, jsonb);

COMMIT;
