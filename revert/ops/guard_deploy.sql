-- Revert tradebase:ops/guard_deploy from pg

BEGIN;

CALL ops.guard_revert('ops/guard_deploy');

DROP PROCEDURE ops.guard_deploy();

COMMIT;
