-- Revert tradebase:identity/staff_roles from pg

BEGIN;

CALL ops.guard_revert('identity/staff_roles');

DROP TABLE identity.staff_roles;
DROP FUNCTION identity.staff_roles_audit();

COMMIT;
