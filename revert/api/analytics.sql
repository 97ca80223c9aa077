-- Revert tradebase:api/analytics from pg

BEGIN;

CALL ops.guard_revert('api/analytics');

DROP VIEW api.analytics;

COMMIT;
