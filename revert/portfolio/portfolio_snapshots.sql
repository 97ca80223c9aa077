-- Revert tradebase:portfolio/portfolio_snapshots from pg

BEGIN;

CALL ops.guard_revert('portfolio/portfolio_snapshots');

DELETE FROM ops.partition_policies WHERE parent = 'portfolio.portfolio_snapshots'::regclass;
DROP TABLE portfolio.portfolio_snapshots;

COMMIT;
