-- Revert tradebase:portfolio/transfer_for from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfer_for');

DROP FUNCTION portfolio.transfer_for(uuid, uuid, text, numeric, text);

COMMIT;
