-- Revert tradebase:api/feature_flags from pg

BEGIN;

CALL ops.guard_revert('api/feature_flags');

DROP FUNCTION api.feature_flags();

COMMIT;
