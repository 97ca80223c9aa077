"""`tradebase status`: how a database is, for whoever looks; in colour, as JSON, wide or narrow, and what it refuses."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from rich.console import Console
from stacked import COMMAND, Stacked

from tradebase import OK, REFUSED, USAGE, glance
from tradebase import database as databases

CHECKS = [
    "backup", "backup_second", "drill", "archive", "replication", "slots", "connections", "pool", "blocking",
    "long_transaction", "statements", "storage", "bloat", "freeze", "runway", "outbox", "sealing", "integrity", "jobs",
]  # fmt: skip


def status(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `tradebase status` where neither a cluster nor a stack is, unless it is said where."""
    own = {"TRADEBASE_HOME": "/nonexistent", "COLUMNS": "120"}
    return subprocess.run(
        [COMMAND, "status", *arguments],
        env=os.environ | own | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def dsn(database, user: str = databases.OWNER, **options: object) -> str:
    """Return how to reach a database over its socket."""
    server = database.server
    return make_conninfo("", host=server.socket, port=server.port, user=user, **{"dbname": database.name} | options)


def checks(ran: subprocess.CompletedProcess[str], name: str) -> dict[str, dict[str, object]]:
    """Return by name the checks of what `status --json` has seen."""
    seen = json.loads(ran.stdout)["monitoring"][name]
    return {check["name"]: check for check in seen["health"]}


@pytest.fixture
def sick(database):
    """Give a database whose last drill has failed."""
    with database.connect() as owner:
        owner.execute(
            "INSERT INTO ops.recovery_drills (kind, repository, target, started_at, finished_at, status) "
            "VALUES ('archive', 1, 'end', '2026-01-01', '2026-01-01', 'failed')"
        )
    return database


def test_every_check_is_told(database) -> None:
    """Each with status, value, threshold, unit and what to do; exit code 0 while none is critical."""
    ran = status("--dsn", dsn(database), "--json")
    assert ran.returncode == OK, ran.stdout + ran.stderr
    told = checks(ran, f"database {database.name}")
    assert [*told] == CHECKS
    for check in told.values():
        assert [*check] == ["name", "status", "value", "threshold", "unit", "detail", "remedy"]
        assert check["status"] in ("ok", "warn"), check
        assert (check["remedy"] is None) == (check["status"] == "ok"), check
    (storage,) = json.loads(ran.stdout)["monitoring"][f"database {database.name}"]["storage"]
    assert storage["bytes"] > 1_000_000
    shown = status("--dsn", dsn(database))
    assert shown.returncode == OK
    for name, check in told.items():
        (line,) = (line for line in shown.stdout.splitlines() if line.startswith(f"{name} "))
        assert check["status"] in line
    for title in ("Pool", "Replicas", "Storage", "Backups", "Drills"):
        assert re.search(rf"^{title}$", shown.stdout, re.MULTILINE), title


def test_what_is_critical_comes_first(sick) -> None:
    """It is red, says what to do, and ends the command with exit code 1; so does JSON."""
    assert checks(status("--dsn", dsn(sick), "--json"), f"database {sick.name}")["drill"]["status"] == "crit"
    assert status("--dsn", dsn(sick), "--json").returncode == REFUSED
    ran = status("--dsn", dsn(sick))
    assert ran.returncode == REFUSED
    assert ran.stderr == ""
    words = " ".join(ran.stdout.split())
    assert re.search(r"^drill +crit", ran.stdout, re.MULTILINE)
    assert words.index("drill crit") < words.index("backup warn")
    assert "tradebase drill; its report says what was not restored" in words
    assert "archive from repository 1: failed" in words


@pytest.mark.parametrize("width", [30, 40, 80, 109, 110, 200])
def test_narrow_terminals_wrap(sick, width: int) -> None:
    """No line is longer than the terminal is wide, and nothing is cut off."""
    with sick.connect() as session:
        seen = glance.look(session)
    console = Console(width=width, record=True, file=Path(os.devnull).open("w"))  # noqa: SIM115 (goes with it)
    glance.show(console, seen)
    text = console.export_text()
    console.file.close()
    assert max(map(len, text.splitlines())) <= width
    squeezed = re.sub(r"\s", "", text)
    for check in seen["health"]:
        assert check["name"] in squeezed
        if check["status"] != "ok":
            assert re.sub(r"\s", "", glance.says(check)) in squeezed, check["name"]


def test_colours(sick) -> None:
    """Green, yellow and red, where the terminal has them."""
    with sick.connect() as session:
        seen = glance.look(session)
    console = Console(width=120, record=True, force_terminal=True, file=Path(os.devnull).open("w"))  # noqa: SIM115
    glance.show(console, seen)
    text = console.export_text(styles=True)
    console.file.close()
    for name, code in (("drill", "1;31"), ("backup", "33"), ("freeze", "32")):
        assert f"\x1b[{code}m{name}\x1b[0m" in text, name


def test_a_monitor_may_look(database) -> None:
    """Whoever is a member of tradebase_monitor sees all of it, and nobody else any."""
    with database.connect_as_superuser() as admin:
        for login, role in (("looks", "tradebase_monitor"), ("stranger", "authenticated")):
            admin.execute(f"CREATE ROLE {login}_{database.name} LOGIN IN ROLE {role}")
    try:
        ran = status("--dsn", dsn(database, f"looks_{database.name}"), "--json")
        assert ran.returncode == OK, ran.stderr
        assert [*checks(ran, f"database {database.name}")] == CHECKS
        ran = status("--dsn", dsn(database, f"stranger_{database.name}"))
        assert ran.returncode == REFUSED
        assert "connect as a member of tradebase_monitor" in ran.stderr
    finally:
        with database.connect_as_superuser() as admin:
            admin.execute(f"DROP ROLE looks_{database.name}, stranger_{database.name}")


def test_what_it_cannot_look_at(database) -> None:
    """A database without us, one that is not there, a server that is not, and none at all: one sentence each."""
    for where, word in (
        (dsn(database, dbname="postgres"), "has no Tradebase in it"),
        (dsn(database, dbname="nowhere"), 'database "nowhere" does not exist'),
        ("host=/nonexistent dbname=x", "No such file or directory"),
        ("no=such option", "invalid connection option"),
    ):
        ran = status("--dsn", where)
        assert ran.returncode == REFUSED, ran.stdout
        assert ran.stdout == ""
        assert word in ran.stderr
        assert "Traceback" not in ran.stderr
    ran = status()
    assert ran.returncode == REFUSED
    assert "Tradebase is not running" in ran.stdout
    assert status("--unknown").returncode == USAGE


@pytest.mark.xdist_group("stack")
def test_the_stack_is_seen(stacked: Stacked) -> None:
    """Where a stack runs it is looked at without being asked for, with the alerts of its Prometheus."""
    ran = status("--json", TRADEBASE_HOME=str(stacked.home))
    told = json.loads(ran.stdout)
    assert told["running"] is False
    assert [*told["monitoring"]] == ["the stack"]
    assert [*checks(ran, "the stack")] == CHECKS
    (replica,) = told["monitoring"]["the stack"]["replicas"]
    assert (replica["name"], replica["state"]) == ("replica", "streaming")
    assert isinstance(told["monitoring"]["the stack"]["alerts"], list)
    critical = [check for check in checks(ran, "the stack").values() if check["status"] == "crit"]
    assert ran.returncode == (REFUSED if critical else OK)
    shown = status(TRADEBASE_HOME=str(stacked.home))
    assert "How the stack is" in shown.stdout
    assert "replica: streaming" in shown.stdout
    assert re.search(r"^Alerts$", shown.stdout, re.MULTILINE)


@pytest.mark.xdist_group("stack")
def test_a_cluster_that_is_down_is_missed(stacked: Stacked) -> None:
    """One that was made here and does not run is said, with exit code 1, also beside a stack that runs."""
    made = stacked.home / "server.json"
    made.write_text(json.dumps({"binaries": "/nonexistent", "port": 1}))
    try:
        ran = status(TRADEBASE_HOME=str(stacked.home))
    finally:
        made.unlink()
    assert ran.returncode == REFUSED
    assert "Tradebase is not running" in ran.stdout
    assert "How the stack is" in ran.stdout
