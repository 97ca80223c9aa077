-- Revert tradebase:portfolio/cancel_withdrawal_for from pg

BEGIN;

CALL ops.guard_revert('portfolio/cancel_withdrawal_for');

DROP FUNCTION portfolio.cancel_withdrawal_for(uuid, uuid, text);

COMMIT;
