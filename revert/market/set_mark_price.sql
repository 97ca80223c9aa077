-- Revert tradebase:market/set_mark_price from pg

BEGIN;

CALL ops.guard_revert('market/set_mark_price');

DROP FUNCTION market.set_mark_price(text, numeric, timestamptz);

COMMIT;
