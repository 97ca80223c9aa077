-- Revert tradebase:identity/support_open from pg

BEGIN;

CALL ops.guard_revert('identity/support_open');

DROP FUNCTION identity.support_open(uuid, text);

COMMIT;
