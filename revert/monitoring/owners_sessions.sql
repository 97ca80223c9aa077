-- Revert tradebase:monitoring/owners_sessions from pg

BEGIN;

CALL ops.guard_revert('monitoring/owners_sessions');

DROP FUNCTION monitoring.owners_sessions();

COMMIT;
