-- Revert tradebase:identity/take_in_auth_user from pg

BEGIN;

CALL ops.guard_revert('identity/take_in_auth_user');

-- CASCADE takes the trigger along, and nothing else can depend on a trigger function. DROP TRIGGER is for the owner of
-- auth.users alone, who is Supabase.
DROP FUNCTION identity.take_in_auth_user() CASCADE;

COMMIT;
