-- Revert tradebase:monitoring/jobs from pg

BEGIN;

CALL ops.guard_revert('monitoring/jobs');

DROP VIEW monitoring.jobs;

COMMIT;
