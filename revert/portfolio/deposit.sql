-- Revert tradebase:portfolio/deposit from pg

BEGIN;

CALL ops.guard_revert('portfolio/deposit');

DROP FUNCTION portfolio.deposit(uuid, text, numeric, text, text);

COMMIT;
