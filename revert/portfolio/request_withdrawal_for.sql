-- Revert tradebase:portfolio/request_withdrawal_for from pg

BEGIN;

CALL ops.guard_revert('portfolio/request_withdrawal_for');

DROP FUNCTION portfolio.request_withdrawal_for(uuid, text, numeric, text, text);

COMMIT;
