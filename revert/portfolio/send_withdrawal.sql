-- Revert tradebase:portfolio/send_withdrawal from pg

BEGIN;

CALL ops.guard_revert('portfolio/send_withdrawal');

DROP FUNCTION portfolio.send_withdrawal(uuid);

COMMIT;
