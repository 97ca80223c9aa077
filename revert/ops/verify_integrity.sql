-- Revert tradebase:ops/verify_integrity from pg

BEGIN;

CALL ops.guard_revert('ops/verify_integrity');

DROP FUNCTION ops.verify_integrity(date);

COMMIT;
