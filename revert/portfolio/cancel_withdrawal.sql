-- Revert tradebase:portfolio/cancel_withdrawal from pg

BEGIN;

CALL ops.guard_revert('portfolio/cancel_withdrawal');

DROP FUNCTION portfolio.cancel_withdrawal(uuid);

COMMIT;
