-- Deploy tradebase:trading/command_payload to pg
-- requires: trading/orders

BEGIN;

CALL ops.guard_deploy();

-- Not pinned, so that it is inlined: once per order of every command.
CREATE FUNCTION trading.command_payload(kind text, o partitions.orders_open, stp_group uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
RETURN CASE kind
    WHEN 'cancel' THEN '{}'
    WHEN 'amend' THEN jsonb_build_object('quantity', trim_scale((o).quantity)::text)
    ELSE jsonb_build_object(
        'side', (o).side, 'type', (o).type, 'time_in_force', (o).time_in_force, 'post_only', (o).post_only,
        'price', trim_scale((o).price)::text, 'quantity', trim_scale((o).quantity)::text, 'stp', (o).stp,
        'stp_group', stp_group, 'expires_at', (o).expires_at
    )
END;

COMMENT ON FUNCTION trading.command_payload(text, partitions.orders_open, uuid) IS
'What an engine is told of an open order: all that matching needs, amounts as text, of an amendment the quantity, of a '
'cancel nothing; never whose it is beyond its stp_group.';

GRANT EXECUTE ON FUNCTION trading.command_payload(text, partitions.orders_open, uuid) TO tradebase_kernel;

COMMIT;
