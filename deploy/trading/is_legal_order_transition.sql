-- Deploy tradebase:trading/is_legal_order_transition to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.is_legal_order_transition(from_status text, to_status text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN coalesce(CASE coalesce(from_status, '(new)')
    WHEN '(new)'
        THEN to_status IN ('pending', 'untriggered', 'open', 'partially_filled', 'filled', 'expired', 'rejected')
    WHEN 'pending'
        THEN to_status IN ('open', 'untriggered', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected')
    WHEN 'untriggered'
        THEN to_status IN ('open', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected')
    WHEN 'open' THEN to_status IN ('open', 'partially_filled', 'filled', 'canceled', 'expired')
    WHEN 'partially_filled' THEN to_status IN ('partially_filled', 'filled', 'canceled', 'expired')
    ELSE FALSE
END, FALSE);

COMMENT ON FUNCTION trading.is_legal_order_transition(text, text) IS
'Whether an order in from_status (NULL: a new one) may go to to_status. filled, canceled, expired and rejected are '
'final.';

GRANT EXECUTE ON FUNCTION trading.is_legal_order_transition(text, text) TO tradebase_kernel;

COMMIT;
