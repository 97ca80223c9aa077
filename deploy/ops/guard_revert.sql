-- Deploy tradebase:ops/guard_revert to pg
-- requires: schemas

BEGIN;

CREATE PROCEDURE ops.guard_revert(change text)
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC END;

COMMENT ON PROCEDURE ops.guard_revert(text) IS
'First statement of every revert script but the first two. change: the change''s name in sqitch.plan. Permits '
'everything.';

COMMIT;
