-- Revert tradebase:portfolio/transfer_terms from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfer_terms');

DROP FUNCTION portfolio.transfer_terms(text, uuid, text, numeric, text);

COMMIT;
