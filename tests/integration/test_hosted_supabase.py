"""Where Supabase has made roles, auth and realtime, Tradebase uses them and leaves them as they were."""

import subprocess

from tradebase import PROJECT
from tradebase.database import connect, environment, sqitch
from tradebase.server import SUPERUSER

# The parts of a hosted project that Tradebase touches: its owner is no superuser and bypasses row level security.
HOSTED = """
CREATE ROLE hosted LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE;
GRANT anon, authenticated, service_role TO authenticator;
GRANT anon, authenticated, service_role TO hosted WITH ADMIN OPTION;
CREATE DATABASE hosted OWNER hosted ENCODING 'UTF8' TEMPLATE template0;
"""
PLATFORM = """
CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin;
CREATE SCHEMA realtime;
GRANT USAGE ON SCHEMA auth, realtime TO hosted, anon, authenticated, service_role;
CREATE TABLE auth.users (id uuid PRIMARY KEY, aud text, encrypted_password text);
ALTER TABLE auth.users OWNER TO supabase_auth_admin;
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
GRANT ALL ON auth.users TO hosted;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT NULL::jsonb';
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE TABLE realtime.messages (
    topic text NOT NULL, extension text NOT NULL, payload jsonb, event text, private boolean DEFAULT FALSE,
    updated_at timestamp NOT NULL DEFAULT now(), inserted_at timestamp NOT NULL DEFAULT now(),
    id uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (id, inserted_at)
) PARTITION BY RANGE (inserted_at);
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT TRUE) RETURNS void
LANGUAGE sql AS 'SELECT';
-- What older projects give away on every new table and function of schema public.
ALTER DEFAULT PRIVILEGES FOR ROLE hosted IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE hosted IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, 3);
"""
# Everything that makes up auth and realtime, row for row, and the roles that were there.
IMAGE = """
SELECT 'relation', c.oid, c.relname, c.relowner, c.relacl::text, c.relrowsecurity::text, c.relforcerowsecurity::text
FROM pg_class AS c WHERE c.relnamespace IN ('auth'::regnamespace, 'realtime'::regnamespace)
UNION ALL SELECT 'function', p.oid, p.proname, p.proowner, p.proacl::text, p.prosrc, NULL
FROM pg_proc AS p WHERE p.pronamespace IN ('auth'::regnamespace, 'realtime'::regnamespace)
UNION ALL SELECT 'role', r.oid, r.rolname, NULL, r.rolbypassrls::text, r.rolconfig::text,
    (SELECT string_agg(m.member::regrole::text, ',' ORDER BY 1) FROM pg_auth_members AS m WHERE m.roleid = r.oid)
FROM pg_roles AS r WHERE r.rolname IN ('anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin')
UNION ALL SELECT 'default', d.oid, d.defaclobjtype::text::name, d.defaclrole, d.defaclacl::text, NULL, NULL
FROM pg_default_acl AS d WHERE d.defaclnamespace <> 0
ORDER BY 1, 2
"""


def test_what_supabase_made_stays_as_it_was(fresh_cluster):
    """Deploy, use and revert change nothing of the platform; its users, old and new, are taken in."""
    with connect(fresh_cluster) as admin:
        for statement in filter(str.strip, HOSTED.split(";")):
            admin.execute(statement)
    with connect(fresh_cluster, "hosted") as admin:
        admin.execute(PLATFORM)
        before = admin.execute(IMAGE).fetchall()

        sqitch(fresh_cluster, "hosted", "deploy", "--verify", user="hosted")
        assert admin.execute(IMAGE).fetchall() == before
        assert admin.execute("SELECT to_regrole('service_authenticator')").fetchone() == (None,)
        taken_in = (
            "SELECT count(*) FROM auth.users JOIN identity.users USING (id) JOIN identity.profiles ON user_id = id"
        )
        assert admin.execute(taken_in).fetchone() == (3,)

        # A sign-up by the auth service, which knows nothing of us and may do nothing here.
        admin.execute("SET ROLE supabase_auth_admin")
        admin.execute("INSERT INTO auth.users (id) VALUES (gen_random_uuid())")
        admin.execute("RESET ROLE")
        assert admin.execute(taken_in).fetchone() == (4,)

        rules = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"],
            env=environment(fresh_cluster, SUPERUSER, "hosted"),
            input="CREATE SCHEMA tap; CREATE EXTENSION pgtap SCHEMA tap; SET search_path = tap;\n"
            f"\\ir {PROJECT / 'tests' / 'rules.sql'}\nDROP EXTENSION pgtap; DROP SCHEMA tap",
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "ok 1 " in rules
        assert "not ok" not in rules, rules

        sqitch(fresh_cluster, "hosted", "revert", "-y", user="hosted")
        assert admin.execute(IMAGE).fetchall() == before
        assert admin.execute("SELECT count(*) FROM auth.users").fetchone() == (4,)
