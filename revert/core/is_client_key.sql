-- Revert tradebase:core/is_client_key from pg

BEGIN;

CALL ops.guard_revert('core/is_client_key');

DROP FUNCTION core.is_client_key(text);

COMMIT;
