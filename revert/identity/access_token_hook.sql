-- Revert tradebase:identity/access_token_hook from pg

BEGIN;

CALL ops.guard_revert('identity/access_token_hook');

DROP FUNCTION identity.access_token_hook(jsonb);

DO $$
BEGIN
    IF to_regrole('supabase_auth_admin') IS NOT NULL THEN
        REVOKE USAGE ON SCHEMA identity FROM supabase_auth_admin;
    END IF;
END
$$;

COMMIT;
