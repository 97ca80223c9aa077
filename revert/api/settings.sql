-- Revert tradebase:api/settings from pg

BEGIN;

CALL ops.guard_revert('api/settings');

DROP VIEW api.settings;

COMMIT;
