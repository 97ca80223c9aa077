-- Revert tradebase:monitoring/slots from pg

BEGIN;

CALL ops.guard_revert('monitoring/slots');

DROP VIEW monitoring.slots;

COMMIT;
