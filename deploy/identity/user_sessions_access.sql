-- Deploy tradebase:identity/user_sessions_access to pg
-- requires: core/current_user_id
-- requires: identity/user_sessions

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: not even our own
-- code moves a session to another user or lengthens it.
CREATE POLICY user_sessions_kernel_all ON identity.user_sessions FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (token_hash, ip_network, device_hash, last_seen_at, revoked_at)
ON identity.user_sessions TO tradebase_kernel;

-- A user sees where they are signed in. No hash: not even their own is anybody's to read.
CREATE POLICY user_sessions_owner_select ON identity.user_sessions FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT (id, user_id, ip_network, created_at, last_seen_at, expires_at, revoked_at)
ON identity.user_sessions TO authenticated;

-- Auditors see who was signed in when, and no hash either. Nobody else: services start and end sessions by functions.
CREATE POLICY user_sessions_auditor_select ON identity.user_sessions FOR SELECT TO tradebase_auditor
USING (TRUE);

GRANT SELECT (id, user_id, ip_network, created_at, last_seen_at, expires_at, revoked_at)
ON identity.user_sessions TO tradebase_auditor;

COMMIT;
