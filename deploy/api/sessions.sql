-- Deploy tradebase:api/sessions to pg
-- requires: identity/user_sessions_access

BEGIN;

CALL ops.guard_deploy();

-- Whose they are the policy says, once: said here again, the planner would sort all that somebody has.
CREATE VIEW api.sessions WITH (security_invoker = TRUE) AS
SELECT s.id, s.ip_network::text AS ip_network, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at
FROM identity.user_sessions AS s;

COMMENT ON VIEW api.sessions IS
'My sessions, those that are over too; api.revoke_session() ends one.';

GRANT SELECT ON api.sessions TO authenticated;

COMMIT;
