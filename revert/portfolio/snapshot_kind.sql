-- Revert tradebase:portfolio/snapshot_kind from pg

BEGIN;

CALL ops.guard_revert('portfolio/snapshot_kind');

DROP FUNCTION portfolio.snapshot_kind(text);

COMMIT;
