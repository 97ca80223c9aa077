-- Deploy tradebase:portfolio/ledger_reason to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- A domain, because a table's CHECK is parsed again by every statement (docs/decisions.md).
CREATE DOMAIN portfolio.ledger_reason AS text
CONSTRAINT ledger_reason_check CHECK (value IN (
    'deposit', 'withdrawal_hold', 'withdrawal_release', 'withdrawal', 'transfer', 'adjustment', 'order_hold',
    'order_release', 'trade', 'trade_bust', 'fee_rebate', 'opening'
));
COMMENT ON DOMAIN portfolio.ledger_reason IS 'Why a journal moved money.';

COMMIT;
