-- Revert tradebase:portfolio/complete_withdrawal from pg

BEGIN;

CALL ops.guard_revert('portfolio/complete_withdrawal');

DROP FUNCTION portfolio.complete_withdrawal(uuid, text);

COMMIT;
