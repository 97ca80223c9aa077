-- Revert tradebase:portfolio/snapshot_portfolio from pg

BEGIN;

CALL ops.guard_revert('portfolio/snapshot_portfolio');

DROP FUNCTION portfolio.snapshot_portfolio(text, timestamptz, uuid[], boolean);

COMMIT;
