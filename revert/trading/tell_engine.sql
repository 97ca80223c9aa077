-- Revert tradebase:trading/tell_engine from pg

BEGIN;

CALL ops.guard_revert('trading/tell_engine');

DROP FUNCTION trading.tell_engine(text, uuid[], numeric);

COMMIT;
