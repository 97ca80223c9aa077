-- Revert tradebase:identity/grant_staff_role from pg

BEGIN;

CALL ops.guard_revert('identity/grant_staff_role');

DROP FUNCTION identity.grant_staff_role(uuid, text, text, timestamptz);

COMMIT;
