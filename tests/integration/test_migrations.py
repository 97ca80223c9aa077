"""Deploy and revert, change by change, on a cluster of their own: what a revert leaves is what the deploy found."""

import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from tradebase import PROJECT, Problem
from tradebase import database as databases
from tradebase.embedded import pg_dump
from tradebase.server import SUPERUSER, Server

DATABASE = "migrated"
PLAN = databases.planned_changes()
# A DBA deploys as the owner, or as a superuser who becomes the owner.
DEPLOYERS = {"owner": (databases.OWNER, ""), "superuser": (SUPERUSER, f"-c role={databases.OWNER}")}

# What pg_dump leaves out because it belongs to the cluster. Names, never oids.
CLUSTER = """
SELECT 'role', rolname, to_jsonb(r) - 'oid' - 'rolpassword', shobj_description(oid, 'pg_authid')
FROM pg_roles AS r WHERE rolname !~ '^pg_'
UNION ALL
SELECT
    'member', roleid::regrole::text,
    (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')
    || jsonb_build_object('member', member::regrole::text, 'grantor', grantor::regrole::text), NULL
FROM pg_auth_members AS m WHERE roleid::regrole::text !~ '^pg_'
UNION ALL
SELECT 'default privileges', defaclrole::regrole::text, jsonb_build_object(
    'schema', defaclnamespace::regnamespace::text, 'type', defaclobjtype, 'acl', defaclacl::text
), NULL
FROM pg_default_acl
UNION ALL
SELECT 'setting', setrole::regrole::text, jsonb_build_object('anywhere', setdatabase = 0, 'config', setconfig), NULL
FROM pg_db_role_setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT 'database', datdba::regrole::text, to_jsonb(ARRAY(
    SELECT a::text FROM unnest(coalesce(datacl, acldefault('d', datdba))) AS a ORDER BY a::text
)), shobj_description(oid, 'pg_database')
FROM pg_database WHERE datname = current_database()
ORDER BY 1, 2, 3
"""


def fingerprint(server: Server, database: str = DATABASE) -> list[str]:
    """Return the catalog as text, line by line: pg_dump -s without sqitch's registry, and what the cluster keeps."""
    dumped = subprocess.run(
        [pg_dump(server), "-s", "-N", "sqitch"],
        env=databases.environment(server, SUPERUSER, database),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    with databases.connect(server, database) as admin:
        cluster = [" | ".join(map(str, row)) for row in admin.execute(CLUSTER)]
    return cluster + [line for line in dumped.splitlines() if line and not re.match(r"--|\\(un)?restrict ", line)]


def difference(got: list[str], wanted: list[str]) -> list[str]:
    """Return what was left behind (+) and what was lost (-)."""
    left, lost = list(got), list(wanted)
    for line in wanted:
        if line in left:
            left.remove(line)
    for line in got:
        if line in lost:
            lost.remove(line)
    return [f"+ {line}" for line in left] + [f"- {line}" for line in lost]


def refuse_difference(got: list[str], wanted: list[str], what: str) -> None:
    """Fail unless the catalogs are the same."""
    if got != wanted:
        lines = difference(got, wanted) or ["the same lines in another order"]
        pytest.fail("\n".join([f"{what}:", *lines]), pytrace=False)


def run_script(server: Server, kind: str, change: str, user: str, options: str) -> None:
    """Run one script of a change by psql, as sqitch does; fail with what it said."""
    ran = subprocess.run(
        [databases.psql(), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", PROJECT / kind / f"{change}.sql"],
        env=databases.environment(server, user, DATABASE) | {"PGOPTIONS": options},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        pytest.fail(f"{kind}/{change}.sql: {ran.stderr}")


@pytest.mark.parametrize("deployer", DEPLOYERS)
def test_every_revert_restores_the_catalog(fresh_cluster: Server, deployer: str) -> None:
    """Up and down one script at a time: after each revert the catalog is what it was before that change."""
    user, options = DEPLOYERS[deployer]
    databases.prepare(fresh_cluster, DATABASE)
    before = [fingerprint(fresh_cluster)]
    for change in PLAN:
        run_script(fresh_cluster, "deploy", change, user, options)
        before.append(fingerprint(fresh_cluster))
    for at, change in reversed(list(enumerate(PLAN))):
        run_script(fresh_cluster, "revert", change, user, options)
        what = f"revert/{change}.sql leaves another catalog than the deploy found"
        refuse_difference(fingerprint(fresh_cluster), before[at], what)


@pytest.mark.parametrize("deployer", DEPLOYERS)
def test_sqitch_up_down_and_up_again(fresh_cluster: Server, deployer: str) -> None:
    """sqitch deploys, verifies, reverts to nothing, roles included, and deploys the same again."""
    user, options = DEPLOYERS[deployer]
    databases.prepare(fresh_cluster, DATABASE)
    nothing = fingerprint(fresh_cluster)

    def sqitch(*arguments: str) -> str:
        return databases.sqitch(fresh_cluster, DATABASE, *arguments, user=user, options=options)

    sqitch("deploy", "--verify")
    everything = fingerprint(fresh_cluster)
    assert difference(everything, nothing), "nothing was deployed"
    assert "Verify successful" in sqitch("verify")

    sqitch("revert", "-y")
    refuse_difference(fingerprint(fresh_cluster), nothing, "revert leaves another catalog than the deploy found")

    sqitch("deploy", "--verify")
    refuse_difference(fingerprint(fresh_cluster), everything, "the second deploy makes another catalog than the first")


def test_failed_change_leaves_those_before_it(fresh_cluster: Server, tmp_path: Path) -> None:
    """When the last change fails, what was deployed before it stays, with its rows."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".git", ".venv", "docs", "tests", "__pycache__"))
    for kind in ("deploy", "revert", "verify"):
        (project / kind / "core").mkdir(exist_ok=True, parents=True)
        (project / kind / "core/broken.sql").write_text("BEGIN;\nSELECT 1 / 0;\nCOMMIT;\n")
    with (project / "sqitch.plan").open("a") as plan:
        plan.write("core/broken 2030-01-01T00:00:00Z T <t@localhost> # A change that fails.\n")
    databases.prepare(fresh_cluster, DATABASE)
    with pytest.raises(Problem, match="division by zero"):
        databases.sqitch(fresh_cluster, DATABASE, "deploy", project=project)
    with databases.connect(fresh_cluster, DATABASE) as admin:
        deployed = admin.execute("SELECT change FROM sqitch.changes ORDER BY committed_at").fetchall()
    assert [name for (name,) in deployed] == PLAN


def test_roles_go_with_the_last_database(fresh_cluster: Server) -> None:
    """Two databases share the roles: reverting the first keeps them, reverting the second drops them."""

    def roles() -> set[str]:
        with databases.connect(fresh_cluster) as admin:
            return {name for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")}

    databases.prepare(fresh_cluster, DATABASE)
    before = roles()
    databases.sqitch(fresh_cluster, DATABASE, "deploy")
    made = roles() - before
    assert {"anon", "authenticated", "service_role", "tradebase_kernel"} <= made
    databases.prepare(fresh_cluster, "second")
    databases.sqitch(fresh_cluster, "second", "deploy")

    databases.sqitch(fresh_cluster, DATABASE, "revert", "-y")
    assert roles() - before == made
    assert "Verify successful" in databases.sqitch(fresh_cluster, "second", "verify")
    databases.sqitch(fresh_cluster, "second", "revert", "-y")
    assert roles() == before


def test_roles_that_somebody_was_given_stay(fresh_cluster: Server) -> None:
    """A login of the DBA's that became a member, or a role that they set something on, keeps its role."""
    databases.prepare(fresh_cluster, DATABASE)
    databases.sqitch(fresh_cluster, DATABASE, "deploy", "--to-change", "schemas")
    with databases.connect(fresh_cluster) as admin:
        admin.execute("CREATE ROLE web LOGIN; GRANT authenticated, tradebase_operator TO web")
        admin.execute("ALTER ROLE anon SET statement_timeout = '3s'")
        databases.sqitch(fresh_cluster, DATABASE, "revert", "-y")
        left = admin.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname").fetchall()
    assert [name for (name,) in left] == ["anon", "authenticated", "postgres", "tradebase", "tradebase_operator", "web"]


def test_nobody_but_the_owner_goes_on_after_platform(fresh_cluster: Server) -> None:
    """A superuser who goes on where the owner stopped is refused before they own anything."""
    databases.prepare(fresh_cluster, DATABASE)
    for stop in ("platform", "schemas", "ops/guard_revert", "ops/guard_deploy"):
        databases.sqitch(fresh_cluster, DATABASE, "deploy", "--to-change", stop)
        with pytest.raises(Problem, match=r"superuser|tradebase is deployed by|everybody may call it"):
            databases.sqitch(fresh_cluster, DATABASE, "deploy", user=SUPERUSER)
    databases.sqitch(fresh_cluster, DATABASE, "deploy")
    with databases.connect(fresh_cluster, DATABASE) as admin:
        owners = admin.execute(
            "SELECT DISTINCT nspowner::regrole::text FROM pg_namespace WHERE nspname IN ('ops', 'api')"
        )
        assert owners.fetchall() == [("tradebase",)]


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ("ALTER ROLE tradebase NOINHERIT", "does not inherit"),
        ("CREATE SCHEMA realtime", "may not use it"),
        (
            "CREATE SCHEMA auth; GRANT USAGE ON SCHEMA auth TO tradebase; "
            "CREATE TABLE auth.users (id uuid PRIMARY KEY)",
            "auth.users",
        ),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "everybody may create in schema public"),
    ],
    ids=["no INHERIT", "somebody else's realtime", "somebody else's auth.users", "writable public"],
)
def test_preflight_sees_what_the_database_lacks(fresh_cluster: Server, setup: str, expected: str) -> None:
    """What would fail in the middle of the plan is said before it, and refused by its first change."""
    databases.prepare(fresh_cluster, DATABASE)
    with databases.connect(fresh_cluster, DATABASE) as admin:
        admin.execute(setup)
    for said in refusals(fresh_cluster, DATABASE, databases.OWNER):
        assert expected in said


def refusals(server: Server, database: str, user: str) -> list[str]:
    """Return what preflight says to `user` about a database, and what platform says, which must refuse the same."""
    said = []
    for file in ("scripts/preflight.sql", "deploy/platform.sql"):
        ran = subprocess.run(
            [databases.psql(), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", PROJECT / file],
            env=databases.environment(server, user, database),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 3, f"{file} refuses nothing: {ran.stderr}"
        said.append(ran.stderr)
    return said


@pytest.mark.parametrize(
    ("setup", "user", "expected"),
    [
        ("ALTER ROLE tradebase SUPERUSER", databases.OWNER, "superuser"),
        ("ALTER DATABASE migrated OWNER TO postgres", databases.OWNER, "does not own database"),
        ("ALTER ROLE tradebase NOCREATEROLE", databases.OWNER, "may not create roles"),
        (
            "CREATE DATABASE ascii OWNER tradebase ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
            databases.OWNER,
            "encoding",
        ),
        ("SELECT 1", SUPERUSER, "superuser"),
    ],
    ids=["owner is a superuser", "not the owner", "no CREATEROLE", "SQL_ASCII", "superuser"],
)
def test_preflight_and_platform_refuse_the_same(fresh_cluster: Server, setup: str, user: str, expected: str) -> None:
    """What a server lacks is said before the deploy, and refused by it."""
    databases.prepare(fresh_cluster, DATABASE)
    with databases.connect(fresh_cluster) as admin:
        admin.execute(setup)
    for said in refusals(fresh_cluster, "ascii" if "ascii" in setup else DATABASE, user):
        assert expected in said
    with databases.connect(fresh_cluster, DATABASE) as admin, pytest.raises(psycopg.errors.UndefinedObject):
        admin.execute("SELECT 'tradebase_kernel'::regrole")
