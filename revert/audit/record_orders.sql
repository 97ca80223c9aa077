-- Revert tradebase:audit/record_orders from pg

BEGIN;

CALL ops.guard_revert('audit/record_orders');

DROP FUNCTION audit.record_orders(text, uuid[], jsonb, jsonb);

COMMIT;
