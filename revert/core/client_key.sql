-- Revert tradebase:core/client_key from pg

BEGIN;

CALL ops.guard_revert('core/client_key');

DROP DOMAIN core.client_key;

COMMIT;
