-- Deploy tradebase:identity/profiles_access to pg
-- requires: core/current_user_id
-- requires: identity/acting_user_id
-- requires: identity/opened_user_id
-- requires: identity/profiles

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY profiles_kernel_all ON identity.profiles FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON identity.profiles TO tradebase_kernel;

-- A user reads their own profile, and edits what it says of them: never whose it is, never when it changed. To edit is
-- a command, refused when the session is over and to who is suspended or anonymous.
CREATE POLICY profiles_owner_select ON identity.profiles FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

CREATE POLICY profiles_owner_update ON identity.profiles FOR UPDATE TO authenticated
USING (user_id = (SELECT identity.acting_user_id()))
WITH CHECK (user_id = (SELECT identity.acting_user_id()));

GRANT SELECT ON identity.profiles TO authenticated;
GRANT UPDATE (display_name, country, timezone, reporting_asset_id, preferences) ON identity.profiles TO authenticated;

-- Nobody else: a profile names a person. No grant to other staff, services or anon; the row comes by
-- identity.ensure_user().

-- Support sees those of the one customer whom they have open.
CREATE POLICY profiles_support_select ON identity.profiles FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON identity.profiles TO tradebase_support;

COMMIT;
