-- Revert tradebase:identity/staff_role from pg

BEGIN;

CALL ops.guard_revert('identity/staff_role');

DROP FUNCTION identity.staff_role(uuid);

COMMIT;
