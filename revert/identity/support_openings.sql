-- Revert tradebase:identity/support_openings from pg

BEGIN;

CALL ops.guard_revert('identity/support_openings');

DROP TABLE identity.support_openings;

COMMIT;
