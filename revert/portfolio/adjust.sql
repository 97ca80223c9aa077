-- Revert tradebase:portfolio/adjust from pg

BEGIN;

CALL ops.guard_revert('portfolio/adjust');

DROP FUNCTION portfolio.adjust(uuid, text, numeric, text, text);

COMMIT;
