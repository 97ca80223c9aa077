-- Deploy tradebase:platform to pg

BEGIN;

-- Refuses a server that the rest would fail on; a DBA can run the same file alone.
\ir ../scripts/preflight.sql

-- Roles belong to the cluster: Supabase, or another database with Tradebase in it, may have made them already.
DO $$
DECLARE
    -- From 16 on who made a role may grant it, but neither use its rights nor become it.
    to_set CONSTANT text
    := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
    wanted record;
BEGIN
    FOR wanted IN
        SELECT r.name, r.attributes
        FROM (VALUES
            -- Supabase's. PostgREST logs in as one of the authenticators and becomes who the token says.
            (1, 'anon', 'NOLOGIN'),
            (2, 'authenticated', 'NOLOGIN'),
            (3, 'service_role', 'NOLOGIN'),
            (4, 'authenticator', 'LOGIN NOINHERIT'),
            (5, 'service_authenticator', 'LOGIN NOINHERIT'),
            -- Our own groups, and the kernel that owns the definer functions.
            (6, 'tradebase_kernel', 'NOLOGIN'),
            (7, 'tradebase_engine', 'NOLOGIN'),
            (8, 'tradebase_operator', 'NOLOGIN'),
            (9, 'tradebase_support', 'NOLOGIN'),
            (10, 'tradebase_auditor', 'NOLOGIN'),
            (11, 'tradebase_reporter', 'NOLOGIN'),
            (12, 'tradebase_monitor', 'NOLOGIN'),
            (13, 'tradebase_worker', 'NOLOGIN')
        ) AS r (n, name, attributes)
        WHERE
            -- Where service_role is Supabase's, its authenticator reaches it already.
            r.name <> 'service_authenticator'
            OR to_regrole('service_role') IS NULL
            OR shobj_description(to_regrole('service_role'), 'pg_authid') = 'made by tradebase'
        ORDER BY r.n
    LOOP
        IF to_regrole(wanted.name) IS NULL THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
            EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, 'made by tradebase');
        END IF;
        -- The owner gives functions to the kernel, sees its rows through the kernel's policies, and tests as each role.
        IF shobj_description(to_regrole(wanted.name), 'pg_authid') = 'made by tradebase'
            AND NOT (pg_has_role(current_user, wanted.name, 'USAGE') AND pg_has_role(current_user, wanted.name, to_set))
        THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted.name);
        END IF;
    END LOOP;
END
$$;

-- Two logins, so that whoever gets hold of the one for people can never become service_role or the engine.
DO $$
BEGIN
    -- Made before for another database, they have it already, and granting it again would only say so.
    IF
        shobj_description('authenticator'::regrole, 'pg_authid') = 'made by tradebase'
        AND NOT pg_has_role('authenticator', 'authenticated', 'MEMBER')
    THEN
        GRANT anon, authenticated TO authenticator;
        -- PostgREST prepares its statements: a generic plan would open every partition of a table.
        ALTER ROLE authenticator SET plan_cache_mode = force_custom_plan;
        -- Nobody keeps a connection of the pool: no request runs for long (as on Supabase), waits for long, or thinks
        -- between two statements.
        ALTER ROLE authenticator SET statement_timeout = '8s';
        ALTER ROLE authenticator SET lock_timeout = '3s';
        ALTER ROLE authenticator SET idle_in_transaction_session_timeout = '5s';
    END IF;
    IF
        to_regrole('service_authenticator') IS NOT NULL
        AND NOT pg_has_role('service_authenticator', 'service_role', 'MEMBER')
    THEN
        GRANT service_role, tradebase_engine TO service_authenticator;
        ALTER ROLE service_authenticator SET plan_cache_mode = force_custom_plan;
        -- Batches of an engine are longer than what a person asks for.
        ALTER ROLE service_authenticator SET statement_timeout = '30s';
        ALTER ROLE service_authenticator SET lock_timeout = '3s';
        ALTER ROLE service_authenticator SET idle_in_transaction_session_timeout = '5s';
    END IF;
END
$$;

-- A member of staff signs in like everybody, and their token names their role: the login for people may become it, on
-- Supabase too. The engine comes by the login for services; worker and kernel are programs and log in by themselves.
DO $$
DECLARE
    staff text;
BEGIN
    FOREACH staff IN ARRAY ARRAY[
        'tradebase_operator', 'tradebase_support', 'tradebase_auditor', 'tradebase_reporter', 'tradebase_monitor'
    ] LOOP
        IF NOT pg_has_role('authenticator', staff, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO authenticator', staff);
        END IF;
    END LOOP;
END
$$;

-- Stand-ins for what Supabase brings: only what Tradebase itself uses, and only where it is absent.
DO $$
BEGIN
    IF to_regnamespace('auth') IS NULL THEN
        CREATE SCHEMA auth;
        COMMENT ON SCHEMA auth IS 'made by tradebase';
        GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
    END IF;

    IF to_regclass('auth.users') IS NULL THEN
        CREATE TABLE auth.users (
            id                 uuid        NOT NULL DEFAULT gen_random_uuid(),
            email              text,
            raw_app_meta_data  jsonb       NOT NULL DEFAULT '{}',
            raw_user_meta_data jsonb       NOT NULL DEFAULT '{}',
            is_anonymous       boolean     NOT NULL DEFAULT FALSE,
            created_at         timestamptz NOT NULL DEFAULT now(),

            CONSTRAINT users_pkey PRIMARY KEY (id),
            CONSTRAINT users_email_key UNIQUE (email)
        );
        COMMENT ON TABLE auth.users IS 'made by tradebase';
        ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
    END IF;

    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(nullif(current_setting('request.jwt.claims', TRUE), '')::jsonb ->> 'sub', '')::uuid;
        COMMENT ON FUNCTION auth.uid() IS 'made by tradebase';
        REVOKE EXECUTE ON FUNCTION auth.uid() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION auth.uid() TO anon, authenticated, service_role;
    END IF;

    IF to_regprocedure('auth.jwt()') IS NULL THEN
        CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('request.jwt.claims', TRUE), '')::jsonb;
        COMMENT ON FUNCTION auth.jwt() IS 'made by tradebase';
        REVOKE EXECUTE ON FUNCTION auth.jwt() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION auth.jwt() TO anon, authenticated, service_role;
    END IF;

    IF to_regprocedure('auth.role()') IS NULL THEN
        CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('request.jwt.claims', TRUE), '')::jsonb ->> 'role';
        COMMENT ON FUNCTION auth.role() IS 'made by tradebase';
        REVOKE EXECUTE ON FUNCTION auth.role() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION auth.role() TO anon, authenticated, service_role;
    END IF;
END
$$;

DO $$
BEGIN
    IF to_regnamespace('realtime') IS NULL THEN
        CREATE SCHEMA realtime;
        COMMENT ON SCHEMA realtime IS 'made by tradebase';
        GRANT USAGE ON SCHEMA realtime TO anon, authenticated, service_role;
    END IF;

    IF to_regclass('realtime.messages') IS NULL THEN
        CREATE TABLE realtime.messages (
            id          uuid      NOT NULL DEFAULT gen_random_uuid(),
            topic       text      NOT NULL,
            extension   text      NOT NULL,
            event       text,
            payload     jsonb,
            private     boolean   NOT NULL DEFAULT FALSE,
            updated_at  timestamp NOT NULL DEFAULT now(),
            inserted_at timestamp NOT NULL DEFAULT now(),

            CONSTRAINT messages_pkey PRIMARY KEY (id, inserted_at)
        );
        COMMENT ON TABLE realtime.messages IS 'made by tradebase';
        ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
    END IF;

    IF to_regprocedure('realtime.topic()') IS NULL THEN
        CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('realtime.topic', TRUE), '');
        COMMENT ON FUNCTION realtime.topic() IS 'made by tradebase';
        REVOKE EXECUTE ON FUNCTION realtime.topic() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION realtime.topic() TO anon, authenticated, service_role;
    END IF;

    IF to_regprocedure('realtime.send(jsonb, text, text, boolean)') IS NULL THEN
        CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT TRUE)
        RETURNS void
        LANGUAGE plpgsql
        VOLATILE
        -- Supabase's service_role bypasses row level security; ours has EXECUTE and nothing else.
        SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS $send$
        BEGIN
            PERFORM set_config('realtime.topic', send.topic, TRUE);
            INSERT INTO realtime.messages (topic, extension, event, payload, private)
            VALUES (send.topic, 'broadcast', send.event, send.payload, send.private);
        EXCEPTION WHEN OTHERS THEN -- as Supabase's own: a broadcast that fails warns and never fails its caller
            RAISE WARNING 'WarnSendingBroadcastMessage: %', sqlerrm;
        END
        $send$;
        COMMENT ON FUNCTION realtime.send(jsonb, text, text, boolean) IS 'made by tradebase';
        REVOKE EXECUTE ON FUNCTION realtime.send(jsonb, text, text, boolean) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION realtime.send(jsonb, text, text, boolean) TO service_role;
    END IF;
END
$$;

COMMIT;
