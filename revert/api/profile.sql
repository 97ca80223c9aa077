-- Revert tradebase:api/profile from pg

BEGIN;

CALL ops.guard_revert('api/profile');

DROP VIEW api.profile;

COMMIT;
