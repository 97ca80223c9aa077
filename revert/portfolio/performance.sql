-- Revert tradebase:portfolio/performance from pg

BEGIN;

CALL ops.guard_revert('portfolio/performance');

DROP FUNCTION portfolio.performance(double precision[], double precision, double precision, double precision);

COMMIT;
