-- Deploy tradebase:trading/tell_engine to pg
-- requires: identity/users_access
-- requires: trading/engine_commands_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.tell_engine(kind text, order_ids uuid[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO trading.engine_commands (market_id, seq, kind, order_id, payload)
    SELECT
        o.market_id,
        CASE tell_engine.kind WHEN 'place' THEN o.seq ELSE nextval('trading.command_seq') END,
        tell_engine.kind, o.id,
        CASE tell_engine.kind
            WHEN 'cancel' THEN '{}'
            WHEN 'amend' THEN jsonb_build_object('quantity', trim_scale(o.quantity)::text)
            ELSE jsonb_build_object(
                'side', o.side, 'type', o.type, 'time_in_force', o.time_in_force, 'post_only', o.post_only,
                'price', trim_scale(o.price)::text, 'quantity', trim_scale(o.quantity)::text, 'stp', o.stp,
                'stp_group', (SELECT u.stp_group FROM identity.users AS u WHERE u.id = o.user_id),
                'expires_at', o.expires_at
            )
        END
    FROM (
        SELECT t.* FROM partitions.orders_open AS t WHERE t.id = ANY (tell_engine.order_ids) ORDER BY t.seq
    ) AS o;
END
$$;

COMMENT ON FUNCTION trading.tell_engine(text, uuid[]) IS
'Writes one command for each of these open orders, in the order of their seq, for the engine of their market: place '
'(with the order''s own seq), amend or cancel. The caller holds the market''s lock.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.tell_engine(text, uuid[]) TO tradebase_kernel;

COMMIT;
