-- Deploy tradebase:trading/order_terms to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- The words of an order, domain.md 1.2. Domains rather than a CHECK per table: one list for orders, trades and fills,
-- and a session parses it once, where a table's CHECK is parsed again by every statement (docs/decisions.md).

CREATE DOMAIN trading.order_side AS text CONSTRAINT order_side_check CHECK (value IN ('buy', 'sell'));
COMMENT ON DOMAIN trading.order_side IS 'buy or sell; a short sale follows from the position.';

CREATE DOMAIN trading.order_type AS text CONSTRAINT order_type_check CHECK (value IN ('market', 'limit'));
COMMENT ON DOMAIN trading.order_type IS 'limit, or market: at once, at any price inside the collar.';

CREATE DOMAIN trading.time_in_force AS text
CONSTRAINT time_in_force_check CHECK (value IN ('gtc', 'ioc', 'fok', 'gtd', 'day'));
COMMENT ON DOMAIN trading.time_in_force IS
'Until canceled, immediate or cancel, fill or kill, until a date, until the end of the day (UTC).';

CREATE DOMAIN trading.stp_mode AS text
CONSTRAINT stp_mode_check CHECK (value IN ('cancel_taker', 'cancel_maker', 'cancel_both'));
COMMENT ON DOMAIN trading.stp_mode IS
'Self-trade prevention: who is cancelled when an order would meet one of the same group. The taker''s mode decides.';

CREATE DOMAIN trading.liquidity AS text CONSTRAINT liquidity_check CHECK (value IN ('maker', 'taker'));
COMMENT ON DOMAIN trading.liquidity IS 'maker: the order that rested; taker: the one that came in.';

CREATE DOMAIN trading.order_status AS text
CONSTRAINT order_status_check CHECK (value IN (
    'pending', 'open', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected'
));
COMMENT ON DOMAIN trading.order_status IS
'Where an order is in its life; trading.is_legal_order_transition() knows the ways between them.';

CREATE DOMAIN trading.close_reason AS text
CONSTRAINT close_reason_check CHECK (value IN (
    'filled', 'user_cancel', 'cancel_all', 'admin_cancel', 'replaced', 'self_trade', 'ioc_remainder',
    'fok_unfillable', 'no_liquidity', 'post_only_cross', 'gtd_elapsed', 'day_end', 'max_age', 'market_halted',
    'market_closed', 'engine_reject'
));
COMMENT ON DOMAIN trading.close_reason IS 'Why an order ended.';

COMMIT;
