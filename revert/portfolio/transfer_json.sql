-- Revert tradebase:portfolio/transfer_json from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfer_json');

DROP FUNCTION portfolio.transfer_json(portfolio.transfers, boolean);

COMMIT;
