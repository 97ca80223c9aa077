-- Revert tradebase:identity/erase_user from pg

BEGIN;

CALL ops.guard_revert('identity/erase_user');

DROP FUNCTION identity.erase_user(uuid, text);

DO $$
BEGIN
    IF obj_description('auth.users'::regclass, 'pg_class') = 'made by tradebase' THEN
        DROP POLICY users_kernel_all ON auth.users;
        REVOKE SELECT (id), UPDATE (email, raw_app_meta_data, raw_user_meta_data) ON auth.users FROM tradebase_kernel;
        REVOKE USAGE ON SCHEMA auth FROM tradebase_kernel;
    END IF;
END
$$;

REVOKE UPDATE (destination) ON portfolio.transfers FROM tradebase_kernel;
REVOKE UPDATE (display_name, country, timezone, reporting_asset_id, preferences)
ON identity.profiles FROM tradebase_kernel;
REVOKE UPDATE (erased_at) ON identity.users FROM tradebase_kernel;

COMMIT;
