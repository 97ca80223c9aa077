-- Revert tradebase:portfolio/balance_at from pg

BEGIN;

CALL ops.guard_revert('portfolio/balance_at');

DROP FUNCTION portfolio.balance_at(uuid, text, timestamptz);

COMMIT;
