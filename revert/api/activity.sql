-- Revert tradebase:api/activity from pg

BEGIN;

CALL ops.guard_revert('api/activity');

DROP VIEW api.activity;

COMMIT;
