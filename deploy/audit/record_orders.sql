-- Deploy tradebase:audit/record_orders to pg
-- requires: audit/audit_logs_access
-- requires: audit/context

BEGIN;

CALL ops.guard_deploy();

-- Orders are not audited: their rows, commands and fills tell their own story. What these do not tell is who it was,
-- when it was neither their owner nor the engine, and what an amendment in place changed.
CREATE FUNCTION audit.record_orders(
    operation text, order_ids uuid[], before jsonb DEFAULT NULL, after jsonb DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    said audit.context;
BEGIN
    IF operation <> 'AMEND' AND current_setting('role') IN ('authenticated', 'tradebase_engine') THEN
        RETURN;
    END IF;
    said := audit.context();
    INSERT INTO audit.audit_logs (
        actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before,
        after
    )
    SELECT
        said.*, 'trading.orders', record_orders.operation, o.id::text, record_orders.before, record_orders.after
    FROM unnest(order_ids) AS o (id);
END
$$;

COMMENT ON FUNCTION audit.record_orders(text, uuid[], jsonb, jsonb) IS
'Records a command on orders: AMEND always, CANCEL and CLOSE when it was somebody else than their owner or the engine.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION audit.record_orders(text, uuid[], jsonb, jsonb) TO tradebase_kernel;

COMMIT;
