-- Revert tradebase:api/ledger_entries from pg

BEGIN;

CALL ops.guard_revert('api/ledger_entries');

DROP FUNCTION api.assets(api.ledger_entries);
DROP VIEW api.ledger_entries;

COMMIT;
