-- Revert tradebase:portfolio/transfer from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfer');

DROP FUNCTION portfolio.transfer(uuid, text, numeric, text);

COMMIT;
