-- Revert tradebase:ops/set_retention from pg

BEGIN;

CALL ops.guard_revert('ops/set_retention');

DROP FUNCTION ops.set_retention(text, interval, text, text);

COMMIT;
