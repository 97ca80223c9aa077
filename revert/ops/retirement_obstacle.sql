-- Revert tradebase:ops/retirement_obstacle from pg

BEGIN;

CALL ops.guard_revert('ops/retirement_obstacle');

DROP FUNCTION ops.retirement_obstacle(regclass, timestamptz);

COMMIT;
