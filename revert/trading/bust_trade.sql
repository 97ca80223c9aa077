-- Revert tradebase:trading/bust_trade from pg

BEGIN;

CALL ops.guard_revert('trading/bust_trade');

DROP FUNCTION trading.bust_trade(text, bigint, text);

COMMIT;
