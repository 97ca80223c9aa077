-- Revert tradebase:api/set_mark_price from pg

BEGIN;

CALL ops.guard_revert('api/set_mark_price');

DROP FUNCTION api.set_mark_price(text, numeric, timestamptz);

COMMIT;
