"""On a hosted Supabase project: deploy, verify, the behaviour suite and revert as its owner, who is no superuser there.

Supabase's own is compared row by row before and after. The suite runs in full where nothing is given away by default,
as everywhere since 30 October 2026; in a project from before, what differs by default privileges runs (--full: all).
"""

from pathlib import Path
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.errors import ForeignKeyViolation, RestrictViolation

from tradebase import PROJECT, tap
from tradebase.database import add_test_tools, connect, sqitch
from tradebase.hosted import DATABASE, OWNER
from tradebase.server import Server

TESTS = PROJECT / "tests"
# Shapes and grants: what a default privilege could have changed.
ABOUT_GRANTS = ["rules.sql", "platform.sql", "schemas.sql", "**/*_access.sql", "ops/ensure_partitions.sql"]

# Catalogs as they are stored, but for what every ANALYZE, vacuum or password changes.
VOLATILE = (
    "{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relhastriggers,datfrozenxid,datminmxid}"
)
CATALOGS = [
    "pg_namespace", "pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_rewrite",
    "pg_policy", "pg_proc", "pg_type", "pg_operator", "pg_default_acl", "pg_event_trigger", "pg_extension",
    "pg_language", "pg_foreign_server", "pg_publication", "pg_publication_rel", "pg_publication_namespace",
    "pg_init_privs", "pg_description", "pg_shdescription", "pg_authid", "pg_auth_members", "pg_db_role_setting",
    "pg_database",
]  # fmt: skip
ROWS = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('auth', 'storage', 'realtime', 'vault') AND c.relkind = 'r' ORDER BY 1
"""
SIGN_UP = "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), %s) RETURNING id"

# D1, D2, D3 and D5 of supabase.md, one deed each.
FORBIDDEN = [
    "ALTER ROLE dashboard_user NOCREATEDB",
    "ALTER ROLE authenticator SET statement_timeout = '1h'",
    "GRANT supabase_auth_admin TO postgres",
    "DROP ROLE supabase_replication_admin",
    "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
    "CREATE TABLE auth.notes (id integer)",
    "CREATE INDEX objects_name_idx ON storage.objects (name)",
    "CREATE FUNCTION realtime.tell() RETURNS void LANGUAGE sql AS 'SELECT'",
    "REVOKE USAGE ON SCHEMA realtime FROM anon",
    "ALTER TABLE storage.objects DISABLE ROW LEVEL SECURITY",
    "INSERT INTO storage.migrations VALUES (1, 'ours', 'ours')",
    "UPDATE auth.users SET raw_user_meta_data = '{}'",
    "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public REVOKE ALL ON TABLES FROM anon",
    "DROP EVENT TRIGGER pgrst_drop_watch",
    "ALTER PUBLICATION supabase_realtime OWNER TO supabase_admin",
    "ALTER EXTENSION pgcrypto SET SCHEMA public",
]

Image = set[tuple[str, str]]


def image(admin: Connection) -> Image:
    """Return every row of the catalogs, and of the tables that are Supabase's, as it is stored."""
    rows = [f"SELECT '{table}', to_jsonb(t)::text FROM {table} AS t" for (table,) in admin.execute(ROWS)]
    # A session that is the first of its number to use temporary objects leaves a schema for the next.
    without = {"pg_namespace": "WHERE t.nspname !~ '^pg_(toast_)?temp_'"}
    stored = [
        f"SELECT '{name}', (to_jsonb(t) - '{VOLATILE}'::text[])::text FROM {name} AS t {without.get(name, '')}"
        for name in CATALOGS
    ]
    return set(admin.execute(" UNION ALL ".join(rows + stored)).fetchall())


def behaviour(server: Server, files: list[Path]) -> list[str]:
    """Run pgTAP files as the owner, each in its own transaction that is rolled back; return what failed."""
    failed = []
    for file in files:
        assertions, why = tap.judge(tap.run_file(server, DATABASE, file, OWNER))
        failed += [f"{file.relative_to(TESTS)}: {a.name} {a.detail}" for a in assertions if a.outcome != "passed"]
        failed += [f"{file.relative_to(TESTS)}: {why}"] if why else []
    return failed


def sign_up(server: Server, email: str) -> tuple[UUID, bool]:
    """Sign somebody up as the auth service, which knows nothing of us; return their id and whether we know them."""
    with connect(server, DATABASE, "supabase_auth_admin") as service:
        (user_id,) = service.execute(SIGN_UP, [email]).fetchone()
    with connect(server, DATABASE, OWNER) as owner:
        known = owner.execute(
            "SELECT FROM identity.users JOIN identity.profiles ON user_id = id WHERE id = %s", [user_id]
        )
    return user_id, known.rowcount == 1


def use(server: Server) -> None:
    """Have people sign up and go: no trouble of ours stops a sign-up; who has an account here is not deleted there."""
    with connect(server, DATABASE, OWNER) as owner:
        taken_in = (
            "SELECT count(*) FROM auth.users JOIN identity.users USING (id) JOIN identity.profiles ON user_id = id"
        )
        assert owner.execute(taken_in).fetchone() == (3,)
        known, is_known = sign_up(server, "known@project.example")
        assert is_known
        owner.execute("REVOKE INSERT ON identity.users FROM tradebase_kernel")
        unknown, is_known = sign_up(server, "unknown@project.example")
        assert not is_known
        owner.execute("GRANT INSERT ON identity.users TO tradebase_kernel")
    with connect(server, DATABASE, "supabase_auth_admin") as service:
        assert service.execute("DELETE FROM auth.users WHERE id = %s", [unknown]).rowcount == 1
        with pytest.raises((ForeignKeyViolation, RestrictViolation)):
            service.execute("DELETE FROM auth.users WHERE id = %s", [known])


def forget(server: Server) -> None:
    """Take away what stays by intent: sqitch's registry, and who signed up meanwhile."""
    with connect(server, DATABASE, OWNER, options="-c client_min_messages=error") as owner:
        owner.execute("DROP SCHEMA sqitch CASCADE")
    with connect(server, DATABASE, "supabase_auth_admin") as service:
        assert service.execute("DELETE FROM auth.users WHERE email = 'known@project.example'").rowcount == 1


@pytest.mark.parametrize("gives_away", [True, False], ids=["before 30 October 2026", "since"])
def test_a_hosted_project(request: pytest.FixtureRequest, hosted_server: Server, gives_away: bool) -> None:
    """All of it under either regime of default privileges; afterwards every row of Supabase's is as it was."""
    chosen = ["**/*.sql"] if request.config.option.full or not gives_away else ABOUT_GRANTS
    files = sorted({file for pattern in chosen for file in TESTS.glob(pattern) if not tap.wants_history(file)})
    assert TESTS / "rules.sql" in files
    add_test_tools(hosted_server, DATABASE)
    with connect(hosted_server, DATABASE) as admin:
        before = image(admin)
        admin.execute("LISTEN pgrst")
        sqitch(hosted_server, DATABASE, "deploy", "--no-verify", user=OWNER)
        sqitch(hosted_server, DATABASE, "verify", user=OWNER)
        # The event trigger of the API's cache was there and awake.
        assert {n.payload for n in admin.notifies(timeout=5, stop_after=1)} == {"reload schema"}
        admin.execute("UNLISTEN pgrst")
        # What was there is there unchanged, save what PUBLIC may in the database: nothing but connect.
        assert [catalog for catalog, _ in before - image(admin)] == ["pg_database"]

        use(hosted_server)
        assert behaviour(hosted_server, files) == []

        # What somebody took out of Realtime in the dashboard stops no revert.
        admin.execute("ALTER PUBLICATION supabase_realtime DROP TABLE portfolio.balances")
        sqitch(hosted_server, DATABASE, "revert", "-y", user=OWNER)
        forget(hosted_server)
        after = image(admin)
    assert (after - before, before - after) == (set(), set())


@pytest.mark.parametrize("gives_away", [True])
def test_whatever_is_touched_is_seen(hosted_server: Server) -> None:
    """Nothing that supabase.md forbids could happen unseen: each is done once, and the image is another."""
    with connect(hosted_server, DATABASE) as admin:
        before = image(admin)
        for deed in FORBIDDEN:
            with admin.transaction(force_rollback=True):
                admin.execute(deed)
                assert image(admin) != before, deed
        assert image(admin) == before
