-- Revert tradebase:monitoring/freeze from pg

BEGIN;

CALL ops.guard_revert('monitoring/freeze');

DROP VIEW monitoring.freeze;

COMMIT;
