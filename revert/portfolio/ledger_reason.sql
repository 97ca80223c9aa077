-- Revert tradebase:portfolio/ledger_reason from pg

BEGIN;

CALL ops.guard_revert('portfolio/ledger_reason');

DROP DOMAIN portfolio.ledger_reason;

COMMIT;
