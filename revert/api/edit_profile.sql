-- Revert tradebase:api/edit_profile from pg

BEGIN;

CALL ops.guard_revert('api/edit_profile');

DROP FUNCTION api.edit_profile(jsonb);

COMMIT;
