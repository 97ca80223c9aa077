-- Revert tradebase:identity/edit_profile from pg

BEGIN;

CALL ops.guard_revert('identity/edit_profile');

DROP FUNCTION identity.edit_profile(jsonb);

COMMIT;
