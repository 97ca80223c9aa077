-- Deploy tradebase:identity/start_session to pg
-- requires: core/uuid7
-- requires: identity/user_sessions_access
-- requires: identity/users_access
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.start_session(user_id uuid, token text, ip inet DEFAULT NULL, device_hash bytea DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong_argument CONSTANT text := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN (length(token) BETWEEN 22 AND 512) IS NOT TRUE THEN 'token'
        WHEN octet_length(device_hash) <> 32 THEN 'device_hash'
    END;
    status         text;
    session        identity.user_sessions%ROWTYPE;
BEGIN
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    -- 128 random bits are 22 characters of base64.
                    WHEN 'token' THEN '22 to 512 characters, at least 128 of their bits random'
                    WHEN 'device_hash' THEN '32 bytes: an HMAC-SHA-256'
                    ELSE 'a value'
                END
            );
    END IF;
    SELECT u.status INTO status FROM identity.users AS u WHERE u.id = start_session.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    ELSIF status = 'closed' THEN
        RAISE EXCEPTION 'the account is closed'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', status);
    END IF;

    INSERT INTO identity.user_sessions (id, user_id, token_hash, ip_network, device_hash, expires_at)
    SELECT
        core.uuid7(), start_session.user_id, sha256(convert_to(start_session.token, 'UTF8')),
        network(set_masklen(
            start_session.ip, least(masklen(start_session.ip), CASE family(start_session.ip) WHEN 4 THEN 24 ELSE 48 END)
        )),
        start_session.device_hash, now() + (c.value #>> '{}')::interval
    FROM system.system_config AS c
    WHERE c.key = 'session_lifetime'
    RETURNING * INTO session;
    RETURN jsonb_build_object('session_id', session.id, 'expires_at', session.expires_at);
END
$$;

COMMENT ON FUNCTION identity.start_session(uuid, text, inet, bytea) IS
'Starts a session of a user whom a service has signed in, and answers {session_id, expires_at}: session_id goes into '
'the claims of their tokens. Of the token only its SHA-256 is kept, of the address only its network; device_hash is '
'an HMAC under a key that the service has. TR008 closed account, TR010 invalid argument, TR012 unknown user.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.start_session(uuid, text, inet, bytea) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.start_session(uuid, text, inet, bytea) TO service_role;

COMMIT;
