"""Deploy and revert, change by change, on a cluster of their own: what a revert leaves is what the deploy found."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from catalogs import refuse_difference

from tradebase import PROJECT, Problem
from tradebase import database as databases
from tradebase.catalog import difference, fingerprint
from tradebase.server import SUPERUSER, Server

DATABASE = "migrated"
PLAN = databases.planned_changes()
# A DBA deploys as the owner, or as a superuser who becomes the owner.
DEPLOYERS = {"owner": (databases.OWNER, ""), "superuser": (SUPERUSER, f"-c role={databases.OWNER}")}

STRIDE = 8  # reverts between two looks at the whole catalog, half a second each; with --full after each


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
def test_every_revert_restores_the_catalog(
    request: pytest.FixtureRequest, fresh_cluster: Server, deployer: str
) -> None:
    """Up and down one script at a time: the catalog is what it was before, looked at after so many reverts."""
    user, options = DEPLOYERS[deployer]
    stride = 1 if request.config.option.full else STRIDE
    databases.prepare(fresh_cluster, DATABASE)
    before = {}
    for at, change in enumerate(PLAN):
        if at % stride == 0:
            before[at] = fingerprint(fresh_cluster, DATABASE)
        run_script(fresh_cluster, "deploy", change, user, options)
    for at, change in reversed(list(enumerate(PLAN))):
        run_script(fresh_cluster, "revert", change, user, options)
        if at in before:
            these = ", ".join(PLAN[at : at + stride])
            what = f"reverting {these} (each by itself with --full) leaves another catalog than their deploys found"
            refuse_difference(fingerprint(fresh_cluster, DATABASE), before[at], what)


@pytest.mark.parametrize("deployer", DEPLOYERS)
def test_sqitch_up_down_and_up_again(fresh_cluster: Server, deployer: str) -> None:
    """sqitch deploys, verifies, reverts to nothing, roles included, and deploys the same again."""
    user, options = DEPLOYERS[deployer]
    databases.prepare(fresh_cluster, DATABASE)
    nothing = fingerprint(fresh_cluster, DATABASE)

    def sqitch(*arguments: str) -> str:
        return databases.sqitch(fresh_cluster, DATABASE, *arguments, user=user, options=options)

    sqitch("deploy", "--verify")
    everything = fingerprint(fresh_cluster, DATABASE)
    assert difference(everything, nothing), "nothing was deployed"
    assert "Verify successful" in sqitch("verify")

    sqitch("revert", "-y")
    refuse_difference(
        fingerprint(fresh_cluster, DATABASE), nothing, "revert leaves another catalog than the deploy found"
    )

    sqitch("deploy", "--verify")
    refuse_difference(
        fingerprint(fresh_cluster, DATABASE), everything, "the second deploy makes another catalog than the first"
    )


def test_a_change_by_hand_is_named(database) -> None:
    """X28: what somebody did to a database without a change tells it from what the plan makes."""
    planned = fingerprint(database.server, database.name)
    with database.connect() as owner:
        owner.execute("ALTER VIEW api.balances RESET (security_invoker); GRANT SELECT ON ops.job_runs TO anon")
    found = difference(fingerprint(database.server, database.name), planned)
    assert any(line.startswith("+ CREATE VIEW api.balances AS") for line in found), found
    assert "+ GRANT SELECT ON TABLE ops.job_runs TO anon;" in found


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
