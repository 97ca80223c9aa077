-- Revert tradebase:api/equity_curve from pg

BEGIN;

CALL ops.guard_revert('api/equity_curve');

DROP FUNCTION api.equity_curve(timestamptz, timestamptz, text, integer);

COMMIT;
