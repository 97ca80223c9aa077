-- Revert tradebase:monitoring/outbox from pg

BEGIN;

CALL ops.guard_revert('monitoring/outbox');

DROP VIEW monitoring.outbox;

COMMIT;
