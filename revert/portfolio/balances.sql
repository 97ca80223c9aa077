-- Revert tradebase:portfolio/balances from pg

BEGIN;

CALL ops.guard_revert('portfolio/balances');

DROP TABLE portfolio.balances;

COMMIT;
