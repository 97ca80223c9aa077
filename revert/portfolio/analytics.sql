-- Revert tradebase:portfolio/analytics from pg

BEGIN;

CALL ops.guard_revert('portfolio/analytics');

DROP TABLE portfolio.analytics;

COMMIT;
