-- Revert tradebase:identity/support_close from pg

BEGIN;

CALL ops.guard_revert('identity/support_close');

DROP FUNCTION identity.support_close();

COMMIT;
