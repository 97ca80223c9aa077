-- Revert tradebase:identity/revoke_staff_role from pg

BEGIN;

CALL ops.guard_revert('identity/revoke_staff_role');

DROP FUNCTION identity.revoke_staff_role(uuid, text);

COMMIT;
