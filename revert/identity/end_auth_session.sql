-- Revert tradebase:identity/end_auth_session from pg

BEGIN;

CALL ops.guard_revert('identity/end_auth_session');

-- CASCADE takes the trigger along, and nothing else can depend on a trigger function. DROP TRIGGER is for the owner of
-- auth.sessions alone, who is Supabase.
DROP FUNCTION identity.end_auth_session() CASCADE;

COMMIT;
