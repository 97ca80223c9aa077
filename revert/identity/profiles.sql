-- Revert tradebase:identity/profiles from pg

BEGIN;

CALL ops.guard_revert('identity/profiles');

DROP TABLE identity.profiles;
DROP FUNCTION identity.profiles_audit();

COMMIT;
