-- Revert tradebase:portfolio/checkpoint_ledger from pg

BEGIN;

CALL ops.guard_revert('portfolio/checkpoint_ledger');

DROP FUNCTION portfolio.checkpoint_ledger(timestamptz);

COMMIT;
