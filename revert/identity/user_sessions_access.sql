-- Revert tradebase:identity/user_sessions_access from pg

BEGIN;

CALL ops.guard_revert('identity/user_sessions_access');

REVOKE SELECT (id, user_id, ip_network, created_at, last_seen_at, expires_at, revoked_at)
ON identity.user_sessions FROM tradebase_auditor;
REVOKE SELECT (id, user_id, ip_network, created_at, last_seen_at, expires_at, revoked_at)
ON identity.user_sessions FROM authenticated;
REVOKE SELECT, INSERT, UPDATE (token_hash, ip_network, device_hash, last_seen_at, revoked_at)
ON identity.user_sessions FROM tradebase_kernel;

DROP POLICY user_sessions_auditor_select ON identity.user_sessions;
DROP POLICY user_sessions_owner_select ON identity.user_sessions;
DROP POLICY user_sessions_kernel_all ON identity.user_sessions;

COMMIT;
