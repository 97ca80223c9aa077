-- Revert tradebase:identity/personal_data from pg

BEGIN;

CALL ops.guard_revert('identity/personal_data');

DROP VIEW identity.personal_data;

COMMIT;
