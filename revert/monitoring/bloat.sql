-- Revert tradebase:monitoring/bloat from pg

BEGIN;

CALL ops.guard_revert('monitoring/bloat');

DROP VIEW monitoring.bloat;

COMMIT;
