-- Deploy tradebase:trading/request_hash to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.request_hash(
    market_id integer, side text, type text, quantity numeric, price numeric, time_in_force text, post_only boolean,
    expires_at timestamptz, stp text
)
RETURNS bytea
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN sha256(convert_to(jsonb_build_object(
    'market', market_id, 'side', side, 'type', type, 'quantity', trim_scale(quantity), 'price', trim_scale(price),
    'time_in_force', time_in_force, 'post_only', post_only, 'expires_at', expires_at, 'stp', stp
)::text, 'UTF8'));

COMMENT ON FUNCTION trading.request_hash(
    integer, text, text, numeric, numeric, text, boolean, timestamptz, text
) IS
'SHA-256 of what an order asks for, by which the same request under the same client_order_id is known again. Callers '
'SET timezone = ''UTC'', so that a moment is hashed the same whoever sends it.';

GRANT EXECUTE ON FUNCTION trading.request_hash(
    integer, text, text, numeric, numeric, text, boolean, timestamptz, text
) TO tradebase_kernel;

COMMIT;
