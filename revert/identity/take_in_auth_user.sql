-- Revert tradebase:identity/take_in_auth_user from pg

BEGIN;

CALL ops.guard_revert('identity/take_in_auth_user');

DROP TRIGGER users_tradebase_take_in ON auth.users;
DROP FUNCTION identity.take_in_auth_user();

COMMIT;
