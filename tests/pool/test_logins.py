"""Who may log in through the pool, and what a client may say before it has: nobody who deploys, and no role."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from pooled import PASSWORD, Pooled

from tradebase import PROJECT, Problem, tap
from tradebase import database as databases
from tradebase.stack import pgbouncer

pytestmark = pytest.mark.xdist_group("pool")
LOOKED_UP = "SELECT rolname::text FROM pgbouncer.user_lookup(%s)"
NO_USER = "no such user"


def refused(pool: Pooled, **options: object) -> str:
    """Return what a login is told that must be refused, and soon, by the socket and by the network alike."""
    told = set()
    for tls in (False, True):
        begun = time.monotonic()
        with pytest.raises(psycopg.OperationalError) as why:
            pool.connect(tls=tls, **options)
        assert time.monotonic() - begun < 5
        told.add(str(why.value).rpartition("FATAL:")[2].strip())
    assert len(told) == 1, told
    return told.pop()


@pytest.fixture
def admin(pooled: Pooled) -> Iterator[psycopg.Connection]:
    """Give a superuser's session whose work is taken back: nobody else sees the logins that it makes."""
    with pooled.as_superuser() as connection, connection.transaction(force_rollback=True):
        yield connection


def served(admin: psycopg.Connection, login: str) -> bool:
    """Say whether the pooler would be told a verifier of this login; asked as the pooler's own login."""
    admin.execute("SET LOCAL ROLE pgbouncer")
    found = admin.execute(LOOKED_UP, [login]).fetchall()
    admin.execute("RESET ROLE")
    assert found in ([], [(login,)])
    return bool(found)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("login", ["authenticator", "service_authenticator"])
def test_the_two_logins_of_postgrest_come_in(pooled: Pooled, login: str, tls: bool) -> None:
    """By a password that is in no file of the pooler's, and as themselves on the server, which asks for it again."""
    with pooled.connect(login, tls) as client:
        assert client.execute("SELECT session_user::text, current_user::text").fetchone() == (login, login)
        assert client.pgconn.ssl_in_use == tls
    assert PASSWORD not in (pooled.pooler.home / "pgbouncer.ini").read_text()
    assert login not in pooled.pooler.userlist.read_text()
    for file in (pooled.pooler.userlist, pooled.pooler.home / "pgbouncer.ini"):
        assert file.stat().st_mode & 0o077 == 0, file


@pytest.mark.parametrize("group", ["tradebase_engine", "tradebase_reporter", "tradebase_monitor", "tradebase_worker"])
def test_a_program_of_ours_comes_in(admin: psycopg.Connection, group: str) -> None:
    """Whatever login it has, of a role that it is a member of, directly or not."""
    admin.execute(f"CREATE ROLE t_direct LOGIN PASSWORD 'x' IN ROLE {group}")
    admin.execute(f"CREATE ROLE t_between IN ROLE {group}; CREATE ROLE t_indirect LOGIN PASSWORD 'x' IN ROLE t_between")
    assert served(admin, "t_direct")
    assert served(admin, "t_indirect")
    assert not served(admin, "t_between")


@pytest.mark.parametrize("login", ["postgres", "tradebase", "tradebase_kernel", "pgbouncer_auth", "nobody", "t'; --"])
def test_who_may_deploy_cannot_log_in(pooled: Pooled, login: str) -> None:
    """The superuser, the owner, the kernel: with the right password or a wrong one they are strangers."""
    with pooled.as_superuser() as admin, admin.transaction():
        if admin.execute("SELECT FROM pg_roles WHERE rolname = %s AND rolname !~ 'pgbouncer'", [login]).rowcount:
            admin.execute(f"ALTER ROLE {login} PASSWORD '{PASSWORD}'")
    try:
        for password in (PASSWORD, "wrong"):
            assert refused(pooled, login=login, password=password) == NO_USER
    finally:
        with pooled.as_superuser() as admin:
            admin.execute("ALTER ROLE postgres PASSWORD NULL; ALTER ROLE tradebase PASSWORD NULL")
            admin.execute("ALTER ROLE tradebase_kernel PASSWORD NULL")


MAY_DEPLOY = {
    "a superuser": "ALTER ROLE t_login SUPERUSER",
    "a member of a superuser": "GRANT postgres TO t_login",
    "a member of the owner": "GRANT tradebase TO t_login",
    "a member of a member of the owner": "CREATE ROLE t_between IN ROLE tradebase; GRANT t_between TO t_login",
    "a member of the kernel": "GRANT tradebase_kernel TO t_login",
    "who makes roles": "ALTER ROLE t_login CREATEROLE",
    "a member of who makes roles": "CREATE ROLE t_between CREATEROLE; GRANT t_between TO t_login",
    "who makes databases": "ALTER ROLE t_login CREATEDB",
    "who is past row level security": "ALTER ROLE t_login BYPASSRLS",
    "who replicates": "ALTER ROLE t_login REPLICATION",
    "who runs programs": "GRANT pg_execute_server_program TO t_login",
    "who writes files": "GRANT pg_write_server_files TO t_login",
    "who owns a schema": "CREATE SCHEMA t_own AUTHORIZATION t_login",
    "who owns the database": "ALTER DATABASE pooled OWNER TO t_login",
}
NOT_SERVED = {
    "a group": "ALTER ROLE t_login NOLOGIN",
    "a password that has run out": "ALTER ROLE t_login VALID UNTIL '2026-01-01'",
    "no password": "ALTER ROLE t_login PASSWORD NULL",
    "md5": "SET LOCAL password_encryption = 'md5'; ALTER ROLE t_login PASSWORD 'x'",
    "a member of no program's role": (
        "REVOKE tradebase_engine FROM t_login; GRANT authenticated, service_role, tradebase_support TO t_login"
    ),
}


@pytest.mark.parametrize("what", [*MAY_DEPLOY, *NOT_SERVED])
def test_a_program_that_may_do_more_does_not_come_in(admin: psycopg.Connection, what: str) -> None:
    """One right too many, by whatever way, and the pooler does not know it any more."""
    admin.execute("CREATE ROLE t_login LOGIN PASSWORD 'x' IN ROLE tradebase_engine VALID UNTIL 'infinity'")
    assert served(admin, "t_login")
    admin.execute((MAY_DEPLOY | NOT_SERVED)[what])
    assert not served(admin, "t_login")


def test_a_postgrest_that_may_do_more_does_not_come_in(admin: psycopg.Connection) -> None:
    """Nor are the two logins of PostgREST served whatever they may do, as where service_role is Supabase's."""
    assert served(admin, "authenticator")
    admin.execute("ALTER ROLE service_role BYPASSRLS")
    assert served(admin, "authenticator")
    assert not served(admin, "service_authenticator")


def test_only_the_pooler_may_ask(pooled: Pooled) -> None:
    """Nobody else may call the function, or read what it reads; and the owner can neither change nor replace it."""
    with pooled.as_superuser() as admin:
        may = admin.execute(
            """
            SELECT r.rolname::text FROM pg_roles AS r
            WHERE
                NOT r.rolsuper AND r.rolname !~ '^pg_'
                AND (
                    has_function_privilege(r.oid, 'pgbouncer.user_lookup(text)', 'EXECUTE')
                    OR has_any_column_privilege(r.oid, 'pg_authid', 'SELECT')
                )
            ORDER BY 1
            """
        ).fetchall()
        assert may == [("pgbouncer",), ("pgbouncer_auth",)]
        reads = admin.execute(
            """
            SELECT a.attname::text FROM pg_attribute AS a
            WHERE
                a.attrelid = 'pg_authid'::regclass
                AND has_column_privilege('pgbouncer_auth', a.attrelid, a.attnum, 'SELECT')
            ORDER BY a.attnum
            """
        ).fetchall()
        assert reads == [("rolname",), ("rolpassword",)]
        members = "SELECT count(*) FROM pg_auth_members WHERE roleid::regrole::text ~ '^pgbouncer'"
        assert admin.execute(members).fetchone() == (0,)
    with pooled.direct() as owner:
        for attempt in (
            "SELECT * FROM pgbouncer.user_lookup('postgres')",
            "SELECT rolpassword FROM pg_authid",
            "DROP FUNCTION pgbouncer.user_lookup(text)",
            "ALTER FUNCTION pgbouncer.user_lookup(text) OWNER TO tradebase",
            "CREATE FUNCTION pgbouncer.user_lookup(login varchar) RETURNS text LANGUAGE sql RETURN 'x'",
            "DROP SCHEMA pgbouncer CASCADE",
            "SET ROLE pgbouncer",
            "SET ROLE pgbouncer_auth",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(attempt)


def test_what_the_pooler_asks_is_pinned(pooled: Pooled) -> None:
    """By a schema of everybody's it would find other tables, and by a temporary one."""
    with pooled.as_superuser() as admin, admin.transaction(force_rollback=True):
        owner, is_definer, settings, volatility = admin.execute(
            "SELECT proowner::regrole::text, prosecdef, proconfig, provolatile FROM pg_proc "
            "WHERE oid = 'pgbouncer.user_lookup(text)'::regprocedure"
        ).fetchone()
        assert (owner, is_definer, volatility) == ("pgbouncer_auth", True, "s")
        assert settings == ["search_path=pg_catalog, pg_temp"]
        admin.execute("CREATE TEMPORARY TABLE pg_authid (rolname name, rolpassword text)")
        admin.execute("INSERT INTO pg_temp.pg_authid VALUES ('authenticator', 'SCRAM-SHA-256$mine')")
        admin.execute("GRANT SELECT ON pg_temp.pg_authid TO PUBLIC; SET LOCAL search_path = pg_temp, pg_catalog")
        admin.execute("SET LOCAL ROLE pgbouncer")
        found = admin.execute("SELECT rolpassword FROM pgbouncer.user_lookup('authenticator')").fetchone()[0]
        assert found.startswith("SCRAM-SHA-256$4096:")


def test_every_rule_holds_with_what_the_pooler_needs(pooled: Pooled) -> None:
    """Its schema, its roles and its function are no exception to anything that is true of the package."""
    for file in ("rules.sql", "platform.sql", "schemas.sql"):
        assertions, why = tap.judge(tap.run_file(pooled.server, pooled.name, PROJECT / "tests" / file))
        assert why == ""
        assert [a.name for a in assertions if a.outcome == "failed"] == []


def test_a_second_run_says_that_it_is_there(pooled: Pooled) -> None:
    """And changes nothing."""
    file = PROJECT / "config/pgbouncer-auth.sql"
    again = pooled.run([databases.psql(), "-Xq", "-f", str(file)], "postgres", PGHOST=pooled.server.socket,
                       PGPORT=str(pooled.server.port))  # fmt: skip
    assert again.returncode == 3
    assert 'schema "pgbouncer" already exists' in again.stderr


# What is not let in, and what it hears.


def test_a_wrong_password_is_told_so(pooled: Pooled) -> None:
    """At once, and no more than that; nor does a database that is not pooled say whether it is there."""
    assert refused(pooled, password="wrong") == "SASL authentication failed"  # noqa: S106
    for database in ("postgres", "roles", "nowhere"):
        assert refused(pooled, dbname=database) == "SASL authentication failed"


def test_a_password_that_is_new_counts_at_once(pooled: Pooled) -> None:
    """A login that is locked, or has another password, is out with its next connection; what it has it keeps."""
    with pooled.as_superuser() as admin:
        admin.execute(f"CREATE ROLE t_engine LOGIN PASSWORD '{PASSWORD}' IN ROLE tradebase_engine")
        try:
            with pooled.connect("t_engine") as had:
                had.execute("SELECT")
                admin.execute("ALTER ROLE t_engine PASSWORD 'another'")
                assert refused(pooled, login="t_engine") == "SASL authentication failed"
                with pooled.connect("t_engine", password="another") as client:  # noqa: S106
                    client.execute("SELECT")
                admin.execute("ALTER ROLE t_engine VALID UNTIL '2026-01-01'")
                assert refused(pooled, login="t_engine", password="another") == NO_USER  # noqa: S106
        finally:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 't_engine'")
            admin.execute("DROP ROLE t_engine")


@pytest.mark.parametrize(
    "options", ["-c role=service_role", "-c request.jwt.claims={}", "-c statement_timeout=0", "-c search_path=pg_temp"]
)
def test_nothing_is_smuggled_in_at_the_start(pooled: Pooled, options: str) -> None:
    """Settings that a client sends before it logs in are refused, by PGOPTIONS as in a connection string."""
    assert refused(pooled, options=options) == "unsupported startup parameter: options"
    psql = pooled.run([databases.psql(), "-Xqc", "SELECT"], "authenticator", PGOPTIONS=options)
    assert psql.returncode == 2
    assert "unsupported startup parameter: options" in psql.stderr


def test_a_deploy_does_not_go_through_the_pool(pooled: Pooled) -> None:
    """Sqitch is told that there is no such user: the owner has none there. Straight to the server it goes."""
    with pooled.as_superuser() as admin:
        admin.execute(f"ALTER ROLE tradebase PASSWORD '{PASSWORD}'")
    try:
        for login in ("tradebase", "postgres"):
            run = ["sqitch", "deploy", "--target", f"db:pg:{pooled.name}"]
            done = pooled.run(run, login)
            assert done.returncode != 0
            assert f"FATAL:  {NO_USER}" in done.stdout + done.stderr
    finally:
        with pooled.as_superuser() as admin:
            admin.execute("ALTER ROLE tradebase PASSWORD NULL")
    assert "Nothing to deploy" in databases.sqitch(pooled.server, pooled.name, "deploy")


def test_the_network_has_tls_1_3_and_nothing_else(pooled: Pooled) -> None:
    """Plaintext, TLS 1.2 and a certificate of somebody else's are refused, each by who should."""
    port = pooled.pooler.port
    plain = {"host": "127.0.0.1", "port": port, "user": "authenticator", "password": PASSWORD, "dbname": pooled.name}
    for options, why in (
        ({"sslmode": "disable"}, "SSL required"),
        (
            {"sslmode": "require", "ssl_min_protocol_version": "TLSv1.2", "ssl_max_protocol_version": "TLSv1.2"},
            "protocol version",
        ),
        ({"sslmode": "verify-full", "sslrootcert": "/etc/ssl/certs/ca-certificates.crt"}, "certificate verify failed"),
        ({"sslmode": "require", "gssencmode": "disable", "channel_binding": "require"}, "channel binding"),
    ):
        with pytest.raises(psycopg.OperationalError, match=why):
            psycopg.connect(**(plain | options))
    with pooled.connect(tls=True) as client:
        assert client.pgconn.ssl_in_use


def test_the_console_shows_and_obeys_nobody(pooled: Pooled) -> None:
    """Statistics have a login of their own, which can say nothing but SHOW; commands come by the socket alone."""
    with pooled.connect("poolstats", dbname="pgbouncer") as console:
        assert console.execute("SHOW POOLS").fetchall() != []
        for command in ("PAUSE", "RELOAD", "SHUTDOWN", "KILL", "SET query_timeout = 0", "SHOW FDS", "SUSPEND"):
            with pytest.raises(psycopg.DatabaseError, match="admin access needed"):
                console.execute(command)
    # By the network and by the socket of another user not even the pooler's own login.
    assert refused(pooled, login="pgbouncer", dbname="pgbouncer") == "not allowed"
    for login in ("authenticator", "postgres"):
        assert refused(pooled, login=login, dbname="pgbouncer") == "SASL authentication failed"
    # Nor does it reach a database: there is no such login there.
    with pytest.raises(psycopg.OperationalError, match="poolstats"):
        pooled.connect("poolstats").execute("SELECT")


def test_a_database_that_has_another_pooler_is_left_alone(pooled: Pooled) -> None:
    """Nothing of theirs is touched; psql's own words say why."""
    with databases.connect(pooled.server) as admin:
        admin.execute("CREATE DATABASE t_hosted")
    try:
        # As hosted Supabase has it.
        with databases.connect(pooled.server, "t_hosted") as admin:
            admin.execute("CREATE SCHEMA pgbouncer")
        with pytest.raises(Problem, match=r'(?s)failed on database t_hosted:.*schema "pgbouncer" already exists'):
            pgbouncer.prepare(pooled.server, "t_hosted")
    finally:
        databases.drop(pooled.server, "t_hosted")
