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
'What I say of myself, which I may edit in place, and what I am here: status and fee_tier are the platform''s to set. An '
'edit is a command: TR501 the session is over, TR008 suspended or anonymous, 23514 a value that cannot be.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.profile TO authenticated, tradebase_support;
GRANT UPDATE (display_name, country, timezone, preferences) ON api.profile TO authenticated;

COMMIT;
