-- Revert tradebase:portfolio/transfers from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfers');

DROP TABLE portfolio.transfers;
DROP FUNCTION portfolio.transfers_audit();

COMMIT;
