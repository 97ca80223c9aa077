-- Revert tradebase:portfolio/compute_analytics from pg

BEGIN;

CALL ops.guard_revert('portfolio/compute_analytics');

DROP FUNCTION portfolio.compute_analytics(uuid, date, text[]);

COMMIT;
