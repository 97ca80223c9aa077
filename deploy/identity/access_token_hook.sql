-- Deploy tradebase:identity/access_token_hook to pg
-- requires: identity/staff_role
-- requires: identity/user_sessions_access
-- requires: identity/users_access
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.access_token_hook(event jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET lock_timeout = '1s'
AS $$
DECLARE
    uuid_form CONSTANT text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
    claims    jsonb := event -> 'claims';
    account   identity.users%ROWTYPE;
    staff     identity.staff_roles%ROWTYPE;
BEGIN
    IF (
        jsonb_typeof(claims) = 'object' AND event ->> 'user_id' ~* uuid_form
        AND claims ->> 'sub' = event ->> 'user_id' AND jsonb_typeof(claims -> 'exp') = 'number'
        AND (claims ->> 'session_id' IS NULL OR claims ->> 'session_id' ~* uuid_form)
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid event'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'event', 'expected', '{user_id, claims: {sub, exp, session_id, …}}, sub being the user_id'
            );
    END IF;
    -- Nobody signs in as the platform, whatever id somebody gave them.
    SELECT * INTO account FROM identity.users AS u WHERE u.id = (event ->> 'user_id')::uuid;
    IF account.status = 'closed' OR account.kind <> 'customer' THEN
        RETURN '{"error": {"http_code": 403, "message": "the account is closed"}}'::jsonb;
    END IF;

    -- The first token of a session starts it; one that was ended gets no other.
    IF account.id IS NOT NULL AND claims ->> 'session_id' IS NOT NULL THEN
        INSERT INTO identity.user_sessions AS s (id, user_id, expires_at)
        SELECT (claims ->> 'session_id')::uuid, account.id, now() + (c.value #>> '{}')::interval
        FROM system.system_config AS c
        WHERE c.key = 'session_lifetime'
        ON CONFLICT ON CONSTRAINT user_sessions_pkey DO UPDATE SET last_seen_at = clock_timestamp()
        WHERE s.user_id = excluded.user_id AND s.last_seen_at < clock_timestamp() - INTERVAL '1 minute';
        PERFORM FROM identity.user_sessions AS s
        WHERE
            s.id = (claims ->> 'session_id')::uuid AND s.user_id = account.id AND s.revoked_at IS NULL
            AND s.expires_at > clock_timestamp();
        IF NOT found THEN
            RETURN '{"error": {"http_code": 403, "message": "the session is over"}}'::jsonb;
        END IF;
    END IF;

    -- Nobody brings a role along: it is here, or they are a user like any other, as is who is anonymous. No token
    -- outlives the role.
    IF claims ->> 'is_anonymous' IS DISTINCT FROM 'true' THEN
        staff := identity.staff_role(account.id);
    END IF;
    claims := claims || jsonb_build_object('role', coalesce(staff.role, 'authenticated'));
    IF staff.expires_at < 'infinity' THEN
        claims := claims || jsonb_build_object(
            'exp', least((claims ->> 'exp')::numeric, floor(extract(EPOCH FROM staff.expires_at)))
        );
    END IF;
    RETURN jsonb_build_object('claims', claims);
END
$$;

COMMENT ON FUNCTION identity.access_token_hook(jsonb) IS
'Supabase''s custom access token hook: of {user_id, claims} it answers {claims} with the user''s staff role, or '
'authenticated, as role, and puts their session on record; {error} when the account is closed or the session is over.'
' A suspended user signs in and reads, without a staff role. TR010 an event of another shape, and nothing is changed.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.access_token_hook(jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

-- Supabase's auth service calls it where there is one; another issuer of tokens does as a service.
GRANT EXECUTE ON FUNCTION identity.access_token_hook(jsonb) TO service_role;

DO $$
BEGIN
    IF to_regrole('supabase_auth_admin') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA identity TO supabase_auth_admin;
        GRANT EXECUTE ON FUNCTION identity.access_token_hook(jsonb) TO supabase_auth_admin;
    END IF;
END
$$;

COMMIT;
