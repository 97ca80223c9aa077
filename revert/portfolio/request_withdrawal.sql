-- Revert tradebase:portfolio/request_withdrawal from pg

BEGIN;

CALL ops.guard_revert('portfolio/request_withdrawal');

DROP FUNCTION portfolio.request_withdrawal(text, numeric, text, text);

COMMIT;
