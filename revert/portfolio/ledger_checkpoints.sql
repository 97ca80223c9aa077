-- Revert tradebase:portfolio/ledger_checkpoints from pg

BEGIN;

CALL ops.guard_revert('portfolio/ledger_checkpoints');

DROP TABLE portfolio.ledger_checkpoints;

COMMIT;
