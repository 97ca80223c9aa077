-- Deploy tradebase:identity/user_sessions to pg
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.user_sessions (
    id           uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    token_hash   bytea,
    ip_network   cidr,
    device_hash  bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,

    CONSTRAINT user_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    -- A hash and nothing longer or shorter: a token itself does not fit.
    CONSTRAINT user_sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT user_sessions_device_hash_check CHECK (octet_length(device_hash) = 32),
    -- A neighbourhood, never one machine.
    CONSTRAINT user_sessions_ip_network_check CHECK (
        masklen(ip_network) <= CASE family(ip_network) WHEN 4 THEN 24 ELSE 48 END
    ),
    CONSTRAINT user_sessions_last_seen_at_check CHECK (last_seen_at >= created_at),
    CONSTRAINT user_sessions_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT user_sessions_revoked_at_check CHECK (revoked_at >= created_at)
) WITH (fillfactor = 80);

COMMENT ON TABLE identity.user_sessions IS
'A sign-in of a user: claim session_id of their tokens. Over when it is revoked or expired; commands refuse it from then '
'on, whatever its token says.';
COMMENT ON COLUMN identity.user_sessions.id IS
'On Supabase the id of auth.sessions; elsewhere made by identity.start_session().';
COMMENT ON COLUMN identity.user_sessions.token_hash IS
'SHA-256 of the token with which a service goes on with the session; NULL where Supabase keeps tokens itself. [personal]';
COMMENT ON COLUMN identity.user_sessions.ip_network IS
'Where it was started: the first 24 bits of an IPv4 address, 48 of an IPv6 one; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.user_sessions.device_hash IS
'HMAC-SHA-256 of the device, under a key that the service has and changes; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.user_sessions.last_seen_at IS 'To the minute: it is written at most once a minute.';
COMMENT ON COLUMN identity.user_sessions.revoked_at IS 'NULL unless it was ended before its time.';

-- Without last_seen_at, so that touching a session is a HOT update.
CREATE INDEX user_sessions_user_id_created_at_idx ON identity.user_sessions (user_id, created_at DESC);

-- No policy yet: until identity/user_sessions_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.user_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.user_sessions FORCE ROW LEVEL SECURITY;

COMMIT;
