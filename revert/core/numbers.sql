-- Revert tradebase:core/numbers from pg

BEGIN;

CALL ops.guard_revert('core/numbers');

DROP DOMAIN core.fee_rate;
DROP DOMAIN core.total;
DROP DOMAIN core.delta;
DROP DOMAIN core.amount;
DROP DOMAIN core.quantity;
DROP DOMAIN core.price;

COMMIT;
