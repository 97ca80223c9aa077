-- Deploy tradebase:trading/tell_engine to pg
-- requires: identity/users_access
-- requires: trading/engine_commands_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.tell_engine(kind text, o trading.orders)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    told CONSTANT bigint := CASE kind WHEN 'place' THEN o.seq ELSE nextval('trading.command_seq') END;
BEGIN
    INSERT INTO trading.engine_commands (market_id, seq, kind, order_id, payload)
    SELECT
        o.market_id, told, tell_engine.kind, o.id,
        CASE tell_engine.kind
            WHEN 'cancel' THEN '{}'
            WHEN 'amend' THEN jsonb_build_object('quantity', trim_scale(o.quantity)::text)
            ELSE jsonb_build_object(
                'side', o.side, 'type', o.type, 'time_in_force', o.time_in_force, 'post_only', o.post_only,
                'price', trim_scale(o.price)::text, 'quantity', trim_scale(o.quantity)::text, 'stp', o.stp,
                'stp_group', u.stp_group, 'expires_at', o.expires_at, 'replaces_order_id', o.replaces_order_id
            )
        END
    FROM identity.users AS u
    WHERE u.id = o.user_id;
    RETURN told;
END
$$;

COMMENT ON FUNCTION trading.tell_engine(text, trading.orders) IS
'Writes one command for the market''s external engine and returns its seq: place (the order''s own seq), amend or '
'cancel. The caller holds the market''s lock.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.tell_engine(text, trading.orders) TO tradebase_kernel;

COMMIT;
