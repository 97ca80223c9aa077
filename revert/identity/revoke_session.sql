-- Revert tradebase:identity/revoke_session from pg

BEGIN;

CALL ops.guard_revert('identity/revoke_session');

DROP FUNCTION identity.revoke_session(uuid);

COMMIT;
