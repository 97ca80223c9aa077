-- Deploy tradebase:api/profile to pg
-- requires: identity/profiles_access
-- requires: identity/users_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.profile WITH (security_invoker = TRUE) AS
SELECT
    p.user_id,
    p.display_name,
    p.country,
    p.timezone,
    p.preferences,
    p.updated_at,
    (SELECT u.status FROM identity.users AS u WHERE u.id = p.user_id)   AS status,
    (SELECT u.fee_tier FROM identity.users AS u WHERE u.id = p.user_id) AS fee_tier
FROM identity.profiles AS p;

COMMENT ON VIEW api.profile IS
'What I say of myself, which api.edit_profile() changes, and what I am here: status and fee_tier, which are the '
'platform''s to set.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.profile TO authenticated, tradebase_support;

COMMIT;
