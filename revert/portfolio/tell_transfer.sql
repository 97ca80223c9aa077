-- Revert tradebase:portfolio/tell_transfer from pg

BEGIN;

CALL ops.guard_revert('portfolio/tell_transfer');

DROP FUNCTION portfolio.tell_transfer(portfolio.transfers);

COMMIT;
