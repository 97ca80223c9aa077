-- Revert tradebase:ops/drop_obstacle from pg

BEGIN;

CALL ops.guard_revert('ops/drop_obstacle');

DROP FUNCTION ops.drop_obstacle(regclass, timestamptz, boolean);

COMMIT;
