-- Revert tradebase:trading/is_legal_order_transition from pg

BEGIN;

CALL ops.guard_revert('trading/is_legal_order_transition');

DROP FUNCTION trading.is_legal_order_transition(text, text);

COMMIT;
