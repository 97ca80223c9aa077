-- Revert tradebase:trading/order_terms from pg

BEGIN;

CALL ops.guard_revert('trading/order_terms');

DROP DOMAIN trading.close_reason;
DROP DOMAIN trading.order_status;
DROP DOMAIN trading.liquidity;
DROP DOMAIN trading.stp_mode;
DROP DOMAIN trading.time_in_force;
DROP DOMAIN trading.order_type;
DROP DOMAIN trading.order_side;

COMMIT;
