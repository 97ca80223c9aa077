-- Revert tradebase:portfolio/period_return from pg

BEGIN;

CALL ops.guard_revert('portfolio/period_return');

DROP FUNCTION portfolio.period_return(numeric, numeric, numeric);

COMMIT;
