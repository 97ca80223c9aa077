-- Revert tradebase:system/topic_version from pg

BEGIN;

CALL ops.guard_revert('system/topic_version');

DROP FUNCTION system.topic_version(text);

COMMIT;
