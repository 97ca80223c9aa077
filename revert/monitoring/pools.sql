-- Revert tradebase:monitoring/pools from pg

BEGIN;

CALL ops.guard_revert('monitoring/pools');

DROP VIEW monitoring.pools;

COMMIT;
