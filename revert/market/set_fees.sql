-- Revert tradebase:market/set_fees from pg

BEGIN;

CALL ops.guard_revert('market/set_fees');

DROP FUNCTION market.set_fees(text, text, numeric, numeric);

COMMIT;
